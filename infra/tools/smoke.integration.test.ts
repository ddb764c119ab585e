import type { RequestListener } from 'node:http';
import { join } from 'node:path';
import { type LocalServer, startServer } from '../../test/localServer';
import { createTerminal } from '../../test/terminal';
import { listenOnLocalhost } from '../local/listen';
import { readSample } from '../local/seed';
import { smokeTool } from './smoke';

jest.setTimeout(30_000);

const TOKEN = readSample().tokens[0]?.token;

async function run(url: string, token = TOKEN) {
  const terminal = createTerminal({ TOKEN: token });
  const exitCode = await smokeTool([url], terminal);
  return { exitCode, ...terminal.printed };
}

describe('npm run smoke', () => {
  let api: LocalServer;
  beforeAll(async () => {
    api = await startServer(join(__dirname, '../..'));
  });
  afterAll(() => api.interrupt());

  it.each(['', '/', '/backend/lambda-instances', '/backend/lambda-instances/', '/orders/v2'])(
    'finds that npm start keeps every promise, at its URL%s',
    async (path) => {
      const { exitCode, stdout, stderr } = await run(api.origin + path);
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
      expect(stdout).toMatch(/^(ok {3}.*\n){9}$/);
    },
  );

  it('tells what differs where the token is no live one, and does not show it', async () => {
    const { exitCode, stdout, stderr } = await run(api.origin, 'revoked-token');
    expect(exitCode).toBe(1);
    expect(stdout).toContain(
      'FAIL a token is taken from each of the three headers\n     authorization: the status is 401, not 200\n',
    );
    expect(stderr).toBe("error: 6 of the API's promises are not kept\n");
    expect(stdout + stderr).not.toContain('revoked-token');
  });

  async function runAgainst(listener: RequestListener) {
    const { port, close } = await listenOnLocalhost(0, listener);
    return run(`http://localhost:${port}`).finally(close);
  }

  it('finds no promise kept by a server that does not know the path', async () => {
    const { exitCode, stdout } = await runAgainst((_, response) => {
      response.writeHead(404, { 'content-type': 'application/json' }).end('{"message":"Not Found"}');
    });
    expect(exitCode).toBe(1);
    expect(stdout).not.toContain('ok ');
  });

  it('does not follow a redirect with the token', async () => {
    const seen: unknown[] = [];
    const { exitCode, stdout } = await runAgainst((request, response) => {
      seen.push(request.url);
      response.writeHead(301, { location: '/stolen' }).end();
    });
    expect(exitCode).toBe(1);
    expect(stdout).toContain('the status is 301, not 401');
    expect(seen).not.toContain('/stolen');
  });

  it('tells that there is no answer, and why', async () => {
    const { exitCode, stdout } = await run('http://localhost:1');
    expect(exitCode).toBe(1);
    expect(stdout.match(/FAIL .*\n {5}no answer: .*(ECONNREFUSED|bad port)/g)).toHaveLength(9);
  });

  it.each([
    ['no-url', TOKEN, 'error: no-url is no URL such as https://api.example.org\n'],
    ['file:///etc/passwd', TOKEN, 'error: file:///etc/passwd is no URL such as https://api.example.org\n'],
    ['http://localhost:1', '', 'error: TOKEN is not set\n'],
    ['http://localhost:1', 'a\nb', 'error: TOKEN is no token\n'],
  ])('refuses %s with the token %j', async (url, token, stderr) => {
    expect(await run(url, token)).toEqual({ exitCode: 1, stdout: '', stderr });
  });
});
