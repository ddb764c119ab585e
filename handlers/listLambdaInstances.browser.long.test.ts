/** The API, called by a page of another origin. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { readSample } from '../infra/local/seed';
import { describeInChromium, launchChromium } from '../test/chromium';
import { type LocalServer, startServer } from '../test/localServer';
import { copyProject, type ProjectCopy } from '../test/projectCopy';

const TOKEN = String(readSample().tokens[0]?.token);

/** Headers of tracing and client libraries; each causes a preflight. */
const ADDED = ['traceparent', 'sentry-trace', 'baggage', 'x-requested-with', 'content-type', 'cache-control'];

describeInChromium('a page of another origin', () => {
  let project: ProjectCopy;
  let pages: Server;
  let api: LocalServer;
  let browser: Browser;
  let port: number;

  beforeAll(async () => {
    project = copyProject();
    pages = createServer((_, response) => response.setHeader('content-type', 'text/html').end('<title>x</title>'));
    await new Promise<void>((resolve) => pages.listen(0, '127.0.0.1', resolve));
    port = (pages.address() as AddressInfo).port;
    api = await startServer(project.directory, { CORS_ORIGINS: `http://127.0.0.1:${port}` });
    browser = await launchChromium();
  });

  afterAll(async () => {
    await browser.close();
    await api.interrupt();
    pages.close();
    project.remove();
  });

  type Outcome = { readonly status: number; readonly link: string | null } | { readonly error: string };

  /** Calls the API from a page of this host. */
  async function call(host: string, headers: Record<string, string>): Promise<Outcome> {
    const page: Page = await browser.newPage();
    await page.goto(`http://${host}:${port}/`);
    const url = `${api.origin}/backend/lambda-instances?limit=2&page=1`;
    const outcome: Outcome = await page.evaluate(
      `fetch(${JSON.stringify(url)}, { headers: ${JSON.stringify(headers)} })
        .then(({ status, headers }) => ({ status, link: headers.get('link') }))
        .catch(({ message }) => ({ error: message }))`,
    );
    await page.close();
    return outcome;
  }

  const authorization = `Token ${TOKEN}`;

  it.each(ADDED)('reads the list and its links with the header %s', async (name) => {
    expect(await call('127.0.0.1', { authorization, [name]: 'x' })).toEqual({
      status: 200,
      link: expect.stringContaining('rel="next"'),
    });
  });

  it.each(['authentication', 'x-api-key'])('may send its token in the header %s', async (name) => {
    expect(await call('127.0.0.1', { [name]: authorization })).toMatchObject({ status: 200 });
  });

  it('reads why it was refused', async () => {
    expect(await call('127.0.0.1', { authorization: 'Token wrong' })).toMatchObject({ status: 401 });
  });

  it('is kept out if its origin is not listed', async () => {
    expect(await call('localhost', { authorization })).toEqual({ error: 'Failed to fetch' });
  });
});
