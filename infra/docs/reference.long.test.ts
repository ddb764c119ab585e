import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { describeInChromium, launchChromium } from '../../test/chromium';
import { type LocalServer, startServer } from '../../test/localServer';
import { copyProject, type ProjectCopy } from '../../test/projectCopy';
import { readSample } from '../local/seed';

const { instances, tokens } = readSample();

const LIST = '/backend/lambda-instances';
const WIDE_AND_LIGHT: BrowserContextOptions = { viewport: { width: 1280, height: 900 }, colorScheme: 'light' };
const NARROW_AND_DARK: BrowserContextOptions = { viewport: { width: 390, height: 844 }, colorScheme: 'dark' };

describeInChromium('the reference page', () => {
  let project: ProjectCopy;
  let browser: Browser;

  beforeAll(async () => {
    project = copyProject();
    browser = await launchChromium();
  });

  afterAll(async () => {
    await browser.close();
    project.remove();
  });

  /** A page, the hosts that it asks for anything, and what it complains of. */
  async function openPage(options: BrowserContextOptions) {
    const page = await browser.newPage(options);
    const origins = new Set<string>();
    const complaints: string[] = [];
    page.on('request', (request) => /^(data|blob):/.test(request.url()) || origins.add(new URL(request.url()).origin));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
    });
    return { page, origins, complaints };
  }

  const isTooWide = (page: Page): Promise<boolean> =>
    page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth');

  describe('that npm start serves', () => {
    let server: LocalServer;

    beforeAll(async () => {
      server = await startServer(project.directory);
    });

    afterAll(() => server.interrupt());

    it.each([
      ['wide and light', WIDE_AND_LIGHT, 'light-mode'],
      ['narrow and dark', NARROW_AND_DARK, 'dark-mode'],
    ])('sends a request with the sample token and shows the answer: %s', async (_, options, mode) => {
      const { page, origins, complaints } = await openPage(options);
      await page.goto(`${server.origin}/docs`);
      await page.getByRole('button', { name: 'Test Request' }).first().click();
      const client = page.getByRole('dialog');
      const [answer] = await Promise.all([
        page.waitForResponse((response) => response.url().endsWith(LIST)),
        client.getByRole('button', { name: /^Send get request/ }).click(),
      ]);
      expect(answer.request().headers()).toMatchObject({ authorization: `Token ${tokens[0]?.token}` });
      expect({ status: answer.status(), body: await answer.json() }).toEqual({
        status: 200,
        body: { data: instances },
      });
      await client.getByText('200 OK').waitFor();
      await client.getByText(`${instances[0]?.name}`).waitFor({ state: 'attached' });
      expect(await page.locator('body').getAttribute('class')).toContain(mode);
      expect(await isTooWide(page)).toBe(false);
      expect([...origins]).toEqual([server.origin]);
      expect(complaints).toEqual([]);
      await page.close();
    });
  });

  it('is the same as static files, but for the token', async () => {
    execFileSync('npm', ['run', 'docs', '--silent'], { cwd: project.directory });
    const site = join(project.directory, 'site');
    const { page, origins, complaints } = await openPage(WIDE_AND_LIGHT);
    await page.route('http://static.example/api/*', (route) => {
      const name = basename(new URL(route.request().url()).pathname);
      return route.fulfill({ path: join(site, name) });
    });
    await page.goto('http://static.example/api/index.html');
    await page.getByRole('heading', { name: 'List the lambda instances' }).waitFor();
    expect(readFileSync(join(site, 'index.html'), 'utf8')).not.toContain(tokens[0]?.token);
    expect([...origins]).toEqual(['http://static.example']);
    expect(complaints).toEqual([]);
    await page.close();
  });
});
