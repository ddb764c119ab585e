import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createToken } from '../../lib/tokens/token';
import { runLine } from '../../test/commandLine';
import { type LocalServer, startServer } from '../../test/localServer';
import { readSample } from '../local/seed';
import { smokeTool } from './smoke';
import { createTerminal } from './terminal.testing';

const TOKEN = readSample().tokens[0]?.token ?? '';

async function run(args: string[], token = TOKEN) {
  const terminal = createTerminal({ TOKEN: token });
  const exitCode = await smokeTool(args, terminal);
  return { exitCode, ...terminal.printed };
}

const checking = (base: string) => `checking ${base}/backend/lambda-instances\n`;

describe('npm run smoke', () => {
  let api: LocalServer;
  beforeAll(async () => {
    api = await startServer(join(__dirname, '../..'));
  });
  afterAll(() => api.interrupt());

  it.each(['', '/', '/backend/lambda-instances', '/backend/lambda-instances/'])(
    'finds that npm start keeps every promise, at its URL%s',
    async (path) => {
      const { exitCode, stdout } = await runLine(`npm run --silent smoke -- ${api.origin}${path}`, { TOKEN });
      expect(exitCode).toBe(0);
      expect(stdout).toMatch(/^(ok {3}.*\n){9}$/);
    },
  );

  it('uses the proxy that the environment names, except for hosts in NO_PROXY', async () => {
    const seen: unknown[] = [];
    const proxy = createServer((_, response) => response.writeHead(400).end()).on('connect', (request, socket) => {
      seen.push(request.url);
      socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
    });
    await once(proxy.listen(0, '127.0.0.1'), 'listening');
    const HTTP_PROXY = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const smoke = (url: string) =>
      runLine(`npm run --silent smoke -- ${url}`, { TOKEN, HTTP_PROXY, NO_PROXY: 'localhost' });
    const [outside, inside] = await Promise.all([smoke('http://api.invalid'), smoke(api.origin)]);
    proxy.close();
    expect(outside).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: expect.stringMatching(/\nerror: http:\/\/api.invalid does not answer: .*\b502\b.*\n$/),
    });
    expect(seen).toEqual(['api.invalid:80']);
    expect(inside).toMatchObject({ exitCode: 0, stderr: `checking ${api.origin}/backend/lambda-instances\n` });
  });

  it('keeps stderr to the URL that it checks', async () => {
    const { exitCode, stdout, stderr } = await run([api.origin]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: checking(api.origin) });
    expect(stdout).toMatch(/^(ok {3}.*\n){9}$/);
  });

  it('accepts a pasted token', async () => {
    expect(await run([api.origin], `Authorization: Token ${TOKEN}\n`)).toMatchObject({ exitCode: 0 });
  });

  it('prints a JSON object per promise', async () => {
    const { exitCode, stdout } = await run([api.origin, '--json']);
    expect(exitCode).toBe(0);
    const findings = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(findings).toEqual(Array(9).fill({ promise: expect.any(String), kept: true, differences: [] }));
  });

  it.each(['unknown-token', createToken()])('reports an invalid token in one sentence: %s', async (token) => {
    expect(await run([api.origin], token)).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: `${checking(api.origin)}error: ${api.origin} refuses the token in TOKEN: it is unknown there, expired or revoked\n`,
    });
  });
});
