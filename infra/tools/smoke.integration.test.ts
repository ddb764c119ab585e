import type { RequestListener } from 'node:http';
import { listenOnLocalhost } from '../local/listen';
import { readSample } from '../local/seed';
import { smokeTool } from './smoke';
import { createTerminal } from './terminal.testing';

jest.setTimeout(60_000);

const TOKEN = readSample().tokens[0]?.token ?? '';

async function run(args: string[], token = TOKEN, timeMs?: number) {
  const terminal = createTerminal({ TOKEN: token });
  const exitCode = await smokeTool(args, terminal, timeMs);
  return { exitCode, ...terminal.printed };
}

async function withServer<Result>(listener: RequestListener, use: (origin: string) => Promise<Result>) {
  const { port, close } = await listenOnLocalhost(0, listener);
  return use(`http://localhost:${port}`).finally(close);
}

const checking = (base: string) => `checking ${base}/backend/lambda-instances\n`;

describe('npm run smoke', () => {
  it('shows differences with control characters escaped', async () => {
    const listener: RequestListener = (_, response) => response.end('<h1>\u001b[31mIt works!</h1>');
    await withServer(listener, async (origin) => {
      const { exitCode, stdout, stderr } = await run([origin]);
      expect({ exitCode, stderr }).toEqual({
        exitCode: 1,
        stderr: `${checking(origin)}error: 9 of the API's promises are not kept\n`,
      });
      expect(stdout).toContain(
        'FAIL requests without a valid token are refused\n     no token: the status is 200, not 401\n',
      );
      expect(stdout).not.toContain('\u001b');
      expect((await run([origin, '--json'])).stdout).toMatch(
        /^(\{"promise":".*","kept":false,"differences":\[".*"\]\}\n){9}$/,
      );
    });
  });

  it('reports a server that is not the API', async () => {
    const notFound: RequestListener = (_, response) => response.writeHead(404).end('<h1>Not Found</h1>');
    const { exitCode, stdout } = await withServer(notFound, (origin) => run([origin]));
    expect(exitCode).toBe(1);
    expect(stdout).not.toContain('ok ');
  });

  it('does not send the token to the target of a redirect', async () => {
    const seen: unknown[] = [];
    const redirect: RequestListener = (request, response) => {
      seen.push(request.url);
      response.writeHead(301, { location: '/stolen' }).end();
    };
    const { exitCode, stdout } = await withServer(redirect, (origin) => run([origin]));
    expect(exitCode).toBe(1);
    expect(stdout).toContain('the status is 301, not 401');
    expect(seen).not.toContain('/stolen');
  });

  it.each([
    ['http://127.0.0.1:9', /ECONNREFUSED|bad port/],
    ['http://127.0.0.1:65000', /connect ECONNREFUSED 127.0.0.1:65000/],
    ['http://localhost:65000', /connect ECONNREFUSED/],
    ['http://nowhere.invalid', /ENOTFOUND|EAI_AGAIN/],
  ])('reports a missing answer in one sentence: %s', async (url, reason) => {
    const { exitCode, stdout, stderr } = await run([url]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr.split('\n')).toEqual([
      checking(url).trimEnd(),
      expect.stringMatching(`^error: ${url} does not answer: .*(${reason.source})`),
      '',
    ]);
  });

  it('reports a server without TLS in one sentence', async () => {
    await withServer(
      () => {},
      async (origin) => {
        const url = origin.replace('http:', 'https:');
        const { stderr } = await run([url]);
        expect(stderr).toMatch(/\nerror: \S+ does not answer: TLS: [a-z ]+\n$/); // the versions of OpenSSL differ
      },
    );
  });

  it('reports a hanging host in one sentence, at the first request and at a later one', async () => {
    await withServer(
      () => {},
      async (origin) => {
        const { exitCode, stdout, stderr } = await run([origin], TOKEN, 100);
        expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
        expect(stderr).toMatch(/\nerror: \S+ does not answer: .*timeout\n$/);
      },
    );
    let requests = 0;
    const tiring: RequestListener = (_, response) => {
      requests += 1;
      if (requests < 3) response.writeHead(401).end();
    };
    await withServer(tiring, async (origin) => {
      const { exitCode, stdout, stderr } = await run([origin], TOKEN, 500);
      expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
      expect(stderr).toMatch(
        /\nerror: \S+ took more than 0.5 s; unchecked from "requests without a valid token .*" on\n$/,
      );
    });
  });

  it.each([
    ['no-url', TOKEN, 'error: the URL must begin with https:// or http://, as in https://api.example.org\n'],
    [
      'file:///etc/passwd',
      TOKEN,
      'error: the URL must begin with https:// or http://, as in https://api.example.org\n',
    ],
    ['http://localhost:1', '', 'error: TOKEN is not set\n'],
    ['http://localhost:1', 'secret\nb', 'error: TOKEN has 2 lines: one token was expected\n'],
    ['http://localhost:1', 'secret b', expect.stringMatching(/^error: TOKEN holds no token: (?!.*secret).*\n$/)],
  ])('refuses %s with the token %j', async (url, token, stderr) => {
    expect(await run([url], token)).toEqual({ exitCode: 1, stdout: '', stderr });
  });
});
