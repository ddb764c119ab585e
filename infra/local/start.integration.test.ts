import { execFileSync } from 'node:child_process';
import { renameSync, writeFileSync } from 'node:fs';
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

/** At once, so that nobody sees the file empty. */
function write(file: string, text: string): void {
  const path = join(project.directory, file);
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
}

const listOf = ({ origin }: LocalServer) => `${origin}/backend/lambda-instances`;

/** Fetches until it is so; the test's timeout is the limit. */
async function fetchUntil(url: string, init: RequestInit, isSo: (response: Response, body: string) => boolean) {
  for (;;) {
    const response = await fetch(url, init);
    if (isSo(response, await response.text())) return;
    await sleep(50);
  }
}

describe('a server that npm start has started', () => {
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

  it('prints a curl line that works as it is', () => {
    expect(execFileSync('sh', ['-c', server.curl], { stdio: ['ignore', 'pipe', 'ignore'] }).toString()).toBe(ALL);
  });

  it('answers as documented, whichever header has the token, with and without the slash', async () => {
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

  it('leaves every method and path to the function', async () => {
    const preflight = { method: 'OPTIONS', headers: { origin: 'https://example.org' } };
    expect((await fetch(listOf(server), preflight)).status).toBe(204);
    expect((await fetch(listOf(server), { method: 'DELETE' })).status).toBe(405);
    const elsewhere = await fetch(`${server.origin}/elsewhere`);
    expect([elsewhere.status, await elsewhere.json()]).toEqual([
      404,
      expect.objectContaining({ type: 'urn:problem-type:lambda-instances:not-found' }),
    ]);
  });
});

describe('npm start', () => {
  let server: LocalServer;
  beforeEach(async () => {
    server = await startServer(project.directory);
  });
  afterEach(() => server.interrupt());

  it('serves a changed source without a restart, and the last good one while there is an error in it', async () => {
    write('handlers/listLambdaInstances.ts', 'export const handler = () => ({ statusCode: 200, body: "changed" });');
    await fetchUntil(listOf(server), {}, (_, body) => body === 'changed');
    write('handlers/listLambdaInstances.ts', 'export const handler = (');
    while (!/^handlers\/listLambdaInstances.ts:1:\d+: .+\n$/.test(server.stderr())) await sleep(50);
    expect(await (await fetch(listOf(server))).text()).toBe('changed');
  });

  it('serves the last good source, though nobody has asked for it before the error', async () => {
    write('handlers/listLambdaInstances.ts', 'export const handler = (');
    while (!/^handlers\/listLambdaInstances.ts:1:\d+: .+\n$/.test(server.stderr())) await sleep(50);
    expect((await fetch(listOf(server))).status).toBe(401);
  });

  it('counts what other clients write', async () => {
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

  it('leaves nothing running after Ctrl-C, and its port free', async () => {
    await server.interrupt();
    await expect(fetch(listOf(server))).rejects.toThrow('fetch failed');
    server = await startServer(project.directory, { PORT: new URL(server.origin).port });
  });
});

describe('npm start ends with code 1 and one line', () => {
  it('when the port is taken', async () => {
    const { port, close } = await listenOnLocalhost(0, () => {});
    expect(await failToStart(project.directory, { PORT: String(port) })).toEqual({
      code: 1,
      stdout: '',
      stderr: `port ${port} is taken: choose another by PORT\n`,
    });
    close();
  });

  it.each([
    ['the port is none', { PORT: 'http' }, undefined, /^PORT is "http", which is no port\n$/],
    [
      'DynamoDB is not there',
      { AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:1' },
      undefined,
      /^DynamoDB at http:\/\/127.0.0.1:1: connect ECONNREFUSED 127.0.0.1:1\n$/,
    ],
    [
      'the sample rows are no JSON',
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
    'when %s',
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
