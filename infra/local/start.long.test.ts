import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { failToStart, type LocalServer, startServer } from '../../test/localServer';
import { copyProject, type ProjectCopy } from '../../test/projectCopy';
import { createClient, databaseEnvironment } from './database';
import { listenOnLocalhost } from './listen';
import { localTableNames } from './tables';

const TOKEN = 'tJ3b3f32f23ceuqdoS_TH7m0d6yxmlWL1r2ralKcttY';
const FIRST_TWO =
  '{"uuid":1,"name":"Physics Lambda Instance","id":1},{"uuid":2,"name":"Machine Learning Lambda Instance","id":3}';
const SECOND_TWO = '{"uuid":3,"name":"Another Lambda Instance","id":4},{"uuid":4,"name":"Lambda Instance","id":5}';
const LAST = '{"uuid":5,"name":"Lambda Instance for students","id":7}';
const ALL = `{"data":[${FIRST_TWO},${SECOND_TWO},${LAST}]}`;

let project: ProjectCopy;
beforeEach(() => {
  project = copyProject();
});
afterEach(() => project.remove());

/** Replaces a file as a whole, so that it is never seen empty. */
function write(file: string, text: string): void {
  const path = join(project.directory, file);
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
}

/** Sends bytes as they are, and resolves to all that comes back. */
async function sendBytes(port: string, bytes: string): Promise<string> {
  const socket = connect(Number(port), '127.0.0.1').setEncoding('utf8');
  socket.write(bytes);
  return (await socket.toArray()).join('');
}

const listOf = ({ origin }: LocalServer) => `${origin}/backend/lambda-instances`;

/** Fetches until the answer is as expected; the test's timeout is the limit. */
async function fetchUntil(url: string, init: RequestInit, isSo: (response: Response, body: string) => boolean) {
  for (;;) {
    const response = await fetch(url, init);
    if (isSo(response, await response.text())) return;
    await sleep(50);
  }
}

describe('a server started with npm start', () => {
  let unchanged: ProjectCopy;
  let server: LocalServer;
  beforeAll(async () => {
    unchanged = copyProject();
    server = await startServer(unchanged.directory);
  });
  afterAll(async () => {
    await server.interrupt();
    unchanged.remove();
  });

  it('prints a working curl command', () => {
    expect(execFileSync('sh', ['-c', server.curl], { stdio: ['ignore', 'pipe', 'ignore'] }).toString()).toBe(ALL);
  });

  it('answers as documented with each of the three headers, with and without the slash', async () => {
    for (const headers of [
      { authentication: `Token ${TOKEN}` },
      { authorization: `Token ${TOKEN}` },
      { 'x-api-key': TOKEN },
    ]) {
      for (const url of [listOf(server), `${listOf(server)}/`]) {
        expect(await (await fetch(url, { headers })).text()).toBe(ALL);
        expect(await (await fetch(`${url}?limit=2&page=2`, { headers })).text()).toBe(`{"data":[${SECOND_TWO}]}`);
      }
    }
  });

  it('passes every method and path to the function', async () => {
    const preflight = { method: 'OPTIONS', headers: { origin: 'https://example.org' } };
    expect((await fetch(listOf(server), preflight)).status).toBe(204);
    expect((await fetch(listOf(server), { method: 'DELETE' })).status).toBe(405);
    const elsewhere = await fetch(`${server.origin}/elsewhere`);
    expect([elsewhere.status, await elsewhere.json()]).toEqual([
      404,
      expect.objectContaining({ type: 'urn:problem-type:lambda-instances:not-found' }),
    ]);
  });

  it('writes only the function’s log to stdout if that is a pipe', async () => {
    await fetch(`${listOf(server)}?limit=2&page=1`, { headers: { 'x-api-key': TOKEN } });
    const lines = server.stdout().trim().split('\n');
    expect(lines.map((line) => JSON.parse(line).message)).toContain('request');
  });

  it('keeps its bundles separate from those of npm run build', () => {
    expect(existsSync(join(unchanged.directory, 'dist'))).toBe(false);
    expect(existsSync(join(unchanged.directory, '.local/listLambdaInstances.js.map'))).toBe(true);
  });

  it('redirects / to the reference', async () => {
    const response = await fetch(server.origin, { redirect: 'manual' });
    expect([response.status, response.headers.get('location')]).toEqual([302, '/docs/']);
    expect((await fetch(server.origin, { method: 'POST' })).status).toBe(404);
  });

  it.each([
    ['/backend/lambda-instances', 'evil.example'],
    ['/docs/', 'evil.example:3000'],
    ['/', 'localhost.evil.example'],
    ['http://evil.example/docs/', 'localhost'],
  ])('refuses %s with host %s, as after DNS rebinding', async (target, host) => {
    const { port } = new URL(server.origin);
    const answer = await sendBytes(port, `GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 403 /);
    expect(answer).not.toContain(TOKEN);
  });

  it('accepts a target in absolute form and uses its host', async () => {
    const { port } = new URL(server.origin);
    const head = `GET http://localhost:${port}/backend/lambda-instances HTTP/1.1\r\nHost: evil.example\r\nConnection: close`;
    const answer = await sendBytes(port, `${head}\r\nX-Api-Key: ${TOKEN}\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(answer).toContain(ALL);
  });

  it.each([
    ['at once if its length is given', { 'content-length': '3000000000' }],
    ['as soon as it is too long', { 'transfer-encoding': 'chunked' }],
  ])('answers 413 to a long body, %s', async (_case, headers) => {
    const { port } = new URL(server.origin);
    const answer = await new Promise<[number | undefined, string]>((resolve, reject) => {
      const upload = request({ port, method: 'POST', path: '/backend/lambda-instances', headers });
      upload.on('error', reject).on('response', async (response) => {
        resolve([response.statusCode, (await response.toArray()).join('')]);
        upload
          .off('error', reject)
          .on('error', () => {})
          .destroy();
      });
      upload.write(Buffer.alloc(5_000_000));
    });
    expect(answer).toEqual([413, '{"message":"Request Entity Too Large"}']);
  });

  it.each(['localhost:8080', '127.0.0.1:8080', '[::1]'])('links to the host that the caller used: %s', async (host) => {
    const { port } = new URL(server.origin);
    const head = `GET /backend/lambda-instances?limit=5&page=1 HTTP/1.1\r\nHost: ${host}\r\nConnection: close`;
    const answer = await sendBytes(port, `${head}\r\nX-Api-Key: ${TOKEN}\r\n\r\n`);
    expect(answer).toContain(`<http://${host}/backend/lambda-instances?limit=5&page=1>; rel="first"`);
  });

  it('links relatively for other hosts, where a container may map the port', async () => {
    const { port } = new URL(server.origin);
    const head = 'GET /backend/lambda-instances?limit=5&page=1 HTTP/1.1\r\nHost: 192.0.2.1\r\nConnection: close';
    const answer = await sendBytes(port, `${head}\r\nX-Api-Key: ${TOKEN}\r\n\r\n`);
    expect(answer).toMatch(/^link: <[^:]*\?limit=5&page=1>; rel="first"/m);
  });

  it('prints nothing about a client that aborts its upload', async () => {
    const before = server.stderr();
    const upload = request(listOf(server), { method: 'POST', headers: { 'content-length': '10' } });
    await new Promise<void>((resolve) => {
      upload.on('error', () => resolve()).write('half', () => upload.destroy(new Error('aborted')));
    });
    expect((await fetch(listOf(server))).status).toBe(401);
    expect(server.stderr()).toBe(before);
  });

  const hasZsh = spawnSync('zsh', ['--version']).status === 0 || Boolean(process.env.REQUIRE_ALL_SUITES);
  it.each(hasZsh ? ['bash', 'zsh'] : ['bash'])('prints an export line that can be pasted into %s', (shell) => {
    const names = ['TOKENS_TABLE', 'INSTANCES_TABLE', 'PAGE_INDEX_TABLE', 'AWS_ENDPOINT_URL_DYNAMODB', 'AWS_REGION'];
    const asked = [...names, 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'];
    const { stdout } = spawnSync(shell, ['-i'], {
      input: `${server.exportLine}\nnode -p 'JSON.stringify(process.env)'\n`,
      env: { PATH: process.env.PATH, HOME: unchanged.directory },
      encoding: 'utf8',
    });
    const found = JSON.parse(/^\{.*\}$/m.exec(stdout)?.[0] ?? '{}');
    expect(asked.map((name) => found[name])).toEqual([
      'TokensTable',
      'InstancesTable',
      'PageIndexTable',
      server.databaseEndpoint,
      'eu-central-1',
      'local',
      'local',
    ]);
  });
});

describe('npm start', () => {
  let server: LocalServer;
  beforeEach(async () => {
    server = await startServer(project.directory);
  });
  afterEach(() => server.interrupt());

  /** Waits until stderr is as expected; the test's timeout is the limit. */
  const waitForStderr = async (pattern: RegExp) => {
    while (!pattern.test(server.stderr())) await sleep(50);
  };
  const BROKEN =
    /^handlers\/listLambdaInstances.ts:1:\d+: .+\nserving the last successful build until this is fixed\n$/;

  it('serves a changed source without a restart, and the last good build while it has an error', async () => {
    write('handlers/listLambdaInstances.ts', 'export const handler = () => ({ statusCode: 200, body: "changed" });');
    await fetchUntil(listOf(server), {}, (_, body) => body === 'changed');
    expect(server.stderr()).toMatch(/^rebuilt in \d+ ms\n$/);
    write('handlers/listLambdaInstances.ts', 'export const handler = (');
    await waitForStderr(/last successful build/);
    expect(server.stderr().replace(/^.*\n/, '')).toMatch(BROKEN);
    expect(await (await fetch(listOf(server))).text()).toBe('changed');
    write('handlers/listLambdaInstances.ts', 'export const handler = () => ({ statusCode: 200, body: "fixed" });');
    await waitForStderr(/\nfixed: rebuilt in \d+ ms\n$/);
    expect(await (await fetch(listOf(server))).text()).toBe('fixed');
  });

  it('serves the last good build if the error precedes the first request', async () => {
    write('handlers/listLambdaInstances.ts', 'export const handler = (');
    await waitForStderr(BROKEN);
    expect((await fetch(listOf(server))).status).toBe(401);
  });

  it('does not serve an empty source, as during a save', async () => {
    write('handlers/listLambdaInstances.ts', '');
    await waitForStderr(
      /^Import "handler" .+ because the file "handlers\/listLambdaInstances.ts" has no exports\nserving the last/,
    );
    expect((await fetch(listOf(server))).status).toBe(401);
  });

  it('lists what other clients write', async () => {
    const names = localTableNames({});
    const client = createClient(databaseEnvironment(server.databaseEndpoint, names));
    const Item = { collection: { S: 'lambda-instances' }, id: { N: '2' }, uuid: { N: '6' }, name: { S: 'New' } };
    await client.send(new PutItemCommand({ TableName: names.INSTANCES_TABLE, Item }));
    client.destroy();
    const init = { headers: { 'x-api-key': TOKEN } };
    await fetchUntil(`${listOf(server)}?limit=2&page=1`, init, ({ headers }) => headers.get('x-total-count') === '6');
    const third = await fetch(`${listOf(server)}?limit=2&page=3`, init);
    expect(await third.text()).toBe(`{"data":[{"uuid":4,"name":"Lambda Instance","id":5},${LAST}]}`);
  });

  it('ends with Ctrl-C and frees its port', async () => {
    await server.interrupt();
    await expect(fetch(listOf(server))).rejects.toThrow('fetch failed');
    server = await startServer(project.directory, { PORT: new URL(server.origin).port });
  });

  it('leaves nothing running after kill -9 of npm', async () => {
    process.kill(server.pid, 'SIGKILL');
    await server.ended;
    await expect(fetch(listOf(server))).rejects.toThrow('fetch failed');
  });
});

it('honours PUBLIC_BASE_URL and --host, and warns about the latter', async () => {
  const env = {
    PUBLIC_BASE_URL: 'https://tunnel.example/v1/',
    AWS_ACCESS_KEY_ID: 'mine',
    AWS_SECRET_ACCESS_KEY: 'secret',
  };
  const server = await startServer(project.directory, env, ['--host', '0.0.0.0']);
  const { port } = new URL(server.origin);
  const head = 'GET /backend/lambda-instances?limit=5&page=1 HTTP/1.1\r\nConnection: close';
  const answer = await sendBytes(port, `${head}\r\nHost: tunnel.example\r\nX-Api-Key: ${TOKEN}\r\n\r\n`);
  expect(answer).toContain('<https://tunnel.example/v1/backend/lambda-instances?limit=5&page=1>; rel="first"');
  expect(server.greeting).toContain(
    'warning: everyone who can reach 0.0.0.0 can use this server with its public sample token\n',
  );
  expect(server.exportLine).toMatch(/ AWS_ACCESS_KEY_ID=mine AWS_SECRET_ACCESS_KEY=local$/);
  await server.interrupt();
});

it('does not create or seed tables at an endpoint elsewhere, and says so', async () => {
  const env = { AWS_ENDPOINT_URL_DYNAMODB: 'http://dynamodb.invalid:8000', AWS_SECRET_ACCESS_KEY: 'secret' };
  const server = await startServer(project.directory, env);
  expect(server.greeting).toContain(
    '(not on this machine: no table is created, seeded or audited; --seed does all three)',
  );
  expect(server.greeting).not.toContain(TOKEN);
  expect(server.greeting).not.toContain('secret');
  expect(await (await fetch(`${server.origin}/docs/`)).text()).not.toContain(TOKEN);
  await server.interrupt();
});

describe('npm start ends with code 1 and one line', () => {
  it('if the port is taken', async () => {
    const { port, close } = await listenOnLocalhost(0, () => {});
    expect(await failToStart(project.directory, { PORT: String(port) })).toEqual({
      code: 1,
      stdout: '',
      stderr: `port ${port} is taken: choose another with --port\n`,
    });
    close();
  });

  it.each([
    ['PORT is malformed', { PORT: 'http' }, undefined, /^PORT must be 0–65535, not "http"\n$/],
    ['LOG_LEVEL is unknown', { LOG_LEVEL: 'loud' }, undefined, /^LOG_LEVEL must be .+\n$/],
    ['PUBLIC_BASE_URL is malformed', { PUBLIC_BASE_URL: 'example.org' }, undefined, /^PUBLIC_BASE_URL must .+\n$/],
    [
      'the endpoint has no scheme',
      { AWS_ENDPOINT_URL_DYNAMODB: 'localhost:8000' },
      undefined,
      /^AWS_ENDPOINT_URL_DYNAMODB must be a URL such as http:\/\/localhost:8000, not "localhost:8000"\n$/,
    ],
    [
      'DynamoDB is unreachable',
      { AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:1' },
      undefined,
      /^DynamoDB at http:\/\/127.0.0.1:1: connect ECONNREFUSED 127.0.0.1:1\n$/,
    ],
    [
      'the sample rows are malformed',
      {},
      { file: 'infra/local/sample.json', text: '{' },
      /^infra\/local\/sample.json .+\n$/,
    ],
    [
      'a sample row has no key',
      {},
      { file: 'infra/local/sample.json', text: '{"tokens":[],"instances":[{"name":"?"}]}' },
      /^infra\/local\/sample.json .+ id .+\n$/,
    ],
    [
      'a function cannot be built',
      {},
      { file: 'handlers/listLambdaInstances.ts', text: 'export const handler = (' },
      /^handlers\/listLambdaInstances.ts:1:\d+: .+\n$/,
    ],
  ] as const)(
    'if %s',
    async (_case, env, change, stderr) => {
      if (change) write(change.file, change.text);
      expect(await failToStart(project.directory, env)).toEqual({
        code: 1,
        stdout: '',
        stderr: expect.stringMatching(stderr),
      });
    },
    20_000,
  );
});

it.each([
  ['an unknown option', ['--prot', '4000'], /^error: unknown option '--prot'\n\(Did you mean --port\?\)\n\(npm passes/],
  ['a port out of range', ['--port', '65536'], /^error: option '--port <number>' argument '65536' is invalid/],
  [
    'an argument',
    ['4000'],
    /^error: too many arguments.*\n\(npm passes only options after --, as in npm start -- --port/,
  ],
])('npm start ends with code 1 and a usage hint after %s', async (_case, args, stderr) => {
  const failure = { code: 1, stdout: '', stderr: expect.stringMatching(stderr) };
  expect(await failToStart(project.directory, {}, args)).toEqual(failure);
});

it('npm start -- --help shows the options and the environment', async () => {
  const { code, stdout } = await failToStart(project.directory, {}, ['--help']);
  expect(code).toBe(0);
  for (const name of ['--port', '--host', '--json', '--seed', '--inspect', 'PUBLIC_BASE_URL']) {
    expect(stdout).toContain(`  ${name}`);
  }
});
