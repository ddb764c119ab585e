/** Clients that others generate from the description compile, and work with the local server. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { buildSync } from 'esbuild';
import { packageFolder } from '../checks/run';
import { readSample } from '../infra/local/seed';
import { type LocalServer, startServer } from '../test/localServer';
import { copyProject, type ProjectCopy } from '../test/projectCopy';

const { instances, tokens } = readSample();
const TOKEN = String(tokens[0]?.token);
const LARGE_UUID = '12345678901234567890123456789012345678'; // beyond 2^53: a double keeps its first digits
const listed = [
  ...instances,
  { uuid: Number(LARGE_UUID), name: 'Large', id: 8 },
  { uuid: null, name: 'Damaged', id: 9 },
];

/** The parts that all clients share: they print what `EXPECTED` has. */
const CALLS = `
  type Query = { limit?: number; page?: number; after?: string };

  async function walk(): Promise<LambdaInstance[]> {
    const walked: LambdaInstance[] = [];
    let query: Query | undefined = { limit: 2, page: 1 };
    while (query) {
      const { data, response } = await list({ query });
      walked.push(...(data?.data ?? []));
      const next = /<([^>]*)>; rel="next"/.exec(response?.headers.get('link') ?? '')?.[1];
      const { limit, page, after } = Object.fromEntries(next ? new URL(next, response?.url).searchParams : []);
      query = next ? { limit: Number(limit), page: Number(page), ...(after ? { after } : {}) } : undefined;
    }
    return walked;
  }

  async function main() {
    const page = await list({ query: { limit: 2, page: 2 } });
    const etag = page.response?.headers.get('etag') ?? '';
    const poll = await list({ query: { limit: 2, page: 2 }, headers: { 'If-None-Match': etag } });
    const all = await list({});
    const large: number | null | undefined = all.data?.data.find(({ id }) => id === 8)?.uuid;
    const refused = await list({ headers: { Authorization: 'Token wrong' } });
    if (!refused.error || !('type' in refused.error)) throw new Error('not a problem');
    const { type, status, errors } = refused.error;
    const code: number | undefined = errors[0]?.code;
    const head = await headers();
    console.log(JSON.stringify({
      page: page.data?.data, poll: poll.response?.status, all: all.data?.data, large, walked: await walk(),
      refused: { type, status, code }, head: head.response?.status,
    }));
  }
  main();
`;

const EXPECTED = {
  page: listed.slice(2, 4),
  poll: 304,
  all: listed,
  large: Number(LARGE_UUID),
  walked: listed,
  refused: { type: 'urn:problem-type:lambda-instances:invalid-token', status: 401, code: 401 },
  head: 200,
};

const OPENAPI_FETCH = `
  import createClient from 'openapi-fetch';
  import type { components, paths } from './openapi';

  type LambdaInstance = components['schemas']['LambdaInstance'];
  type Call = { query?: Query; headers?: Record<string, string> };
  const client = createClient<paths>({ baseUrl: process.env.API ?? '' });
  const PATH = '/backend/lambda-instances';
  const authorized = (headers = {}) => ({ Authorization: \`Token \${process.env.TOKEN}\`, ...headers });
  const list = ({ query = {}, headers }: Call) => client.GET(PATH, { params: { query }, headers: authorized(headers) });
  const headers = () => client.HEAD(PATH, { headers: authorized() });
`;

const HEY_API = `
  import { headLambdaInstances, type LambdaInstance, listLambdaInstances } from './heyApi';
  import { client } from './heyApi/client.gen'; // its base URL is that of the description

  client.setConfig({ auth: \`Token \${process.env.TOKEN}\` });
  const list = (call: { query?: Query; headers?: Record<string, string> }) => listLambdaInstances(call);
  const headers = () => headLambdaInstances();
`;

const GENERATE_HEY_API = `
  import { createClient } from '@hey-api/openapi-ts';
  await createClient({
    input: './openapi.yaml',
    output: './heyApi',
    logs: { level: 'silent', file: false },
    plugins: ['@hey-api/client-fetch', 'zod', { name: '@hey-api/sdk', validator: true }],
  });
`;

/** As Postman imports it with "Enable optional parameters" switched off. */
const GENERATE_POSTMAN = `
  const { readFileSync } = require('node:fs');
  const data = readFileSync('openapi.yaml', 'utf8');
  require('openapi-to-postmanv2').convert({ type: 'string', data }, { enableOptionalParameters: false }, (_, result) =>
    process.stdout.write(JSON.stringify(result)));
`;

jest.setTimeout(300_000); // ms: generating and type-checking takes a minute on a busy machine

describe('a client that is generated from docs/openapi.yaml', () => {
  let project: ProjectCopy;
  let server: LocalServer;
  let folder: string;

  const run = (program: string, ...args: string[]): string =>
    execFileSync(program, args, {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, API: server.origin, TOKEN },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  const tool = (name: string, ...args: string[]): string => run(packageFolder(`.bin/${name}`), ...args);
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);

  beforeAll(async () => {
    project = copyProject();
    server = await startServer(project.directory);
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
    const client = new DynamoDBClient({ endpoint: server.databaseEndpoint, region: 'eu-central-1', credentials });
    const key = (id: string) => ({ collection: { S: 'lambda-instances' }, id: { N: id } });
    for (const Item of [
      { ...key('8'), uuid: { N: LARGE_UUID }, name: { S: 'Large' } },
      { ...key('9'), name: { S: 'Damaged' } },
    ])
      await client.send(new PutItemCommand({ TableName: 'InstancesTable', Item }));
    client.destroy();

    folder = mkdtempSync(join(tmpdir(), 'clients-'));
    symlinkSync(packageFolder(''), join(folder, 'node_modules'));
    write('openapi.yaml', await (await fetch(`${server.origin}/docs/openapi.yaml`)).text());
  }, 600_000); // ms: the tools may have to be installed

  afterAll(async () => {
    await server.interrupt();
    project.remove();
    rmSync(folder, { recursive: true });
  });

  /** Checks the types of a program as strictly as tsc can, and runs it. */
  function checkAndRun(name: string, program: string): unknown {
    write(`${name}.ts`, program);
    const strict = ['--strict', '--noUncheckedIndexedAccess', '--skipLibCheck', 'false'];
    const modern = ['--target', 'es2022', '--module', 'preserve', '--moduleResolution', 'bundler'];
    const types = ['--types', 'node', '--typeRoots', join(__dirname, '../node_modules/@types')];
    tool('tsc', '--noEmit', ...strict, ...modern, '--lib', 'es2023,dom,dom.iterable', ...types, `${name}.ts`);
    buildSync({
      absWorkingDir: folder,
      entryPoints: [`${name}.ts`],
      outfile: join(folder, `${name}.cjs`),
      bundle: true,
      platform: 'node',
    });
    return JSON.parse(run(process.execPath, `${name}.cjs`));
  }

  it('lists, walks, polls and is refused with openapi-typescript and openapi-fetch', () => {
    tool('openapi-typescript', 'openapi.yaml', '--output', 'openapi.d.ts');
    expect(checkAndRun('openapiFetch', OPENAPI_FETCH + CALLS)).toEqual(EXPECTED);
  });

  it('lists, walks, polls and is refused with @hey-api/openapi-ts, which validates with zod', () => {
    write('generate.mjs', GENERATE_HEY_API);
    run(process.execPath, 'generate.mjs');
    expect(checkAndRun('heyApiClient', HEY_API + CALLS)).toEqual(EXPECTED);
  });

  it('sends a first request that works as a Postman collection', async () => {
    write('postman.cjs', GENERATE_POSTMAN);
    const { result, output } = JSON.parse(run(process.execPath, 'postman.cjs'));
    expect(result).toBe(true);
    const { variable, auth, item } = output[0].data;
    const { request } = item[0].item[0];
    const {
      key,
      value,
      in: place,
    } = Object.fromEntries(auth.apikey.map((each: { key: string; value: string }) => [each.key, each.value]));
    expect({ variable, key, value, place, ownAuth: request.auth }).toMatchObject({
      variable: [{ key: 'baseUrl', value: server.origin }],
      key: 'Authorization',
      value: '{{apiKey}}',
      place: 'header',
      ownAuth: null, // the collection's
    });
    type Field = { key: string; value: string; disabled?: boolean };
    const enabled = (fields: Field[]) => fields.flatMap((field) => (field.disabled ? [] : [[field.key, field.value]]));
    expect(enabled(request.url.query)).toEqual([]);
    const headers = Object.fromEntries(enabled(request.header));
    expect(headers).toEqual({ Accept: 'application/json' });
    const url = [...request.url.host, ...request.url.path].join('/').replace('{{baseUrl}}', variable[0].value);
    const response = await fetch(url, { method: request.method, headers: { ...headers, [key]: `Token ${TOKEN}` } });
    expect({ status: response.status, body: await response.json() }).toEqual({ status: 200, body: { data: listed } });
  });
});
