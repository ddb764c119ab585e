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
/** What people search for, and the headings that they find. */
const HEADINGS = [
  ['authentication', 'Authentication'],
  ['pagination', 'Pages (pagination)'],
  ['error', 'Errors'],
  ['cors', 'CORS'],
] as const;

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

  /** Opens a page, and collects the hosts that it contacts and its errors and warnings. */
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

  describe('that npm run docs writes', () => {
    const API = 'https://lists.example.com/v1';
    let site: string;

    beforeAll(() => {
      execFileSync('npm', ['run', 'docs', '--silent', '--', '--server', API], { cwd: project.directory });
      site = join(project.directory, 'site');
    });

    /** Opens the static page; its API answers an empty list. */
    async function openStatic() {
      const opened = await openPage(WIDE_AND_LIGHT);
      await opened.page.route('http://static.example/api/*', (route) =>
        route.fulfill({ path: join(site, basename(new URL(route.request().url()).pathname)) }),
      );
      await opened.page.route(`${API}/**`, (route) =>
        route.fulfill({ json: { data: [] }, headers: { 'access-control-allow-origin': '*' } }),
      );
      await opened.page.goto('http://static.example/api/index.html');
      await opened.page.getByRole('heading', { name: 'List lambda instances' }).waitFor();
      return opened;
    }

    it('contacts no other host, and has no token', async () => {
      const { page, origins, complaints } = await openStatic();
      expect(readFileSync(join(site, 'index.html'), 'utf8')).not.toContain(tokens[0]?.token);
      expect([...origins]).toEqual(['http://static.example']);
      expect(complaints).toEqual([]);
      await page.close();
    });

    it('sends its requests to the API that --server names', async () => {
      const { page } = await openStatic();
      await page.getByRole('button', { name: 'Test Request' }).first().click();
      const client = page.getByRole('dialog');
      const [request] = await Promise.all([
        page.waitForRequest((each) => each.url().startsWith(API) && each.method() === 'GET'),
        client.getByRole('button', { name: /^Send get request/ }).click(),
      ]);
      expect(request.url()).toBe(API + LIST);
      await page.close();
    });

    it('shows curl commands for the list and for its headers', async () => {
      const { page } = await openStatic();
      await page.getByText(`curl ${API}${LIST} `).first().waitFor();
      await page.getByText(`curl --head ${API}${LIST} `).first().waitFor();
      await page.close();
    });

    it('lists the headings in its sidebar, and finds them by search', async () => {
      const { page } = await openStatic();
      await page.getByRole('navigation').getByRole('button', { name: 'Open Introduction' }).click();
      for (const [word, heading] of HEADINGS) {
        await page.getByRole('navigation').getByText(heading, { exact: true }).waitFor();
        await page.keyboard.press('Control+k');
        await page.getByRole('combobox').fill(word);
        await page.getByRole('dialog').getByText(heading).waitFor();
        await page.keyboard.press('Escape');
        await page.getByRole('combobox').waitFor({ state: 'detached' });
      }
      await page.close();
    });
  });
});
