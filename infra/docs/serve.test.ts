import { createHash } from 'node:crypto';
import { parse } from 'yaml';
import { listenOnLocalhost } from '../local/listen';
import type { ReferenceOptions } from './reference';
import { withReference } from './serve';

describe('withReference', () => {
  let stop = () => {};

  afterEach(() => stop());

  async function serve(options: ReferenceOptions): Promise<string> {
    const listener = withReference((_request, response) => response.end('the API'), options);
    const { port, close } = await listenOnLocalhost(0, listener);
    stop = close;
    return `http://127.0.0.1:${port}`;
  }

  it('serves the page with a policy that allows only its own scripts, and passes other paths to the API', async () => {
    const origin = await serve({ token: 'sample-token' });
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
  });

  async function serversOf(origin: string): Promise<unknown> {
    const response = await fetch(`${origin}/docs/openapi.yaml`);
    return parse(await response.text()).servers;
  }

  it('names the host of the request in the description, for tools that import it', async () => {
    const origin = await serve({});
    expect(await serversOf(origin)).toEqual([expect.objectContaining({ url: origin })]);
  });

  it('names the public base URL instead', async () => {
    const server = 'https://tunnel.example/v1';
    expect(await serversOf(await serve({ server }))).toEqual([expect.objectContaining({ url: server })]);
  });
});
