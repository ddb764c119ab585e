import { createHash } from 'node:crypto';
import { listenOnLocalhost } from '../local/listen';
import { withReference } from './serve';

it('serves the page with a policy that allows its own scripts alone, and leaves other paths to the API', async () => {
  const api = withReference((_request, response) => response.end('the API'), 'sample-token');
  const { port, close } = await listenOnLocalhost(0, api);
  const origin = `http://127.0.0.1:${port}`;
  const page = await fetch(`${origin}/docs/`);
  const html = await page.text();
  const [, script = ''] = /<script>(.*?)<\/script>/s.exec(html) ?? [];
  const hash = createHash('sha256').update(script).digest('base64');
  expect(script).toContain('sample-token');
  const policy = page.headers.get('content-security-policy')?.split('; ');
  expect(policy).toContain(`script-src 'self' 'sha256-${hash}'`);
  expect(policy).toEqual(expect.arrayContaining(["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"]));
  for (const path of ['/docs/none', '/backend/docs/'])
    expect(await (await fetch(origin + path)).text()).toBe('the API');
  close();
});
