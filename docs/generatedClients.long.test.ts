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

/** The code that all clients share. It prints `EXPECTED`. */
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
    const isNever: [typeof refused.error] extends [never] ? true : false = false; // does not compile if it is
    const { type, status, errors } = refused.error;
    const code: number | undefined = errors[0]?.code;
    const head = await headers();
    console.log(JSON.stringify({
      page: page.data?.data, poll: poll.response?.status, all: all.data?.data, large, walked: await walk(),
      refused: { type, status, code }, head: head.response?.status, isNever,
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
  isNever: false,
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

/** The fetch client; the zod schemas are only type-checked. */
const ORVAL = `
  import { headLambdaInstances, type LambdaInstance, listLambdaInstances } from './orval/client'; // with the description's base URL
  import { ListLambdaInstancesResponse } from './orval/zod';

  const authorized = (headers = {}) => ({ headers: { Authorization: \`Token \${process.env.TOKEN}\`, ...headers } });
  const headers = async () => ({ response: await headLambdaInstances({}, authorized()) });
  async function list(call: { query?: Query; headers?: Record<string, string> }) {
    const answer = await listLambdaInstances(call.query, authorized(call.headers));
    const response = { status: answer.status, headers: answer.headers, url: process.env.API };
    if (answer.status === 200) return { data: ListLambdaInstancesResponse.parse(answer.data), response };
    return answer.status === 304 ? { response } : { error: answer.data, response };
  }
`;

const CONFIGURE_ORVAL = `
  const input = './openapi.yaml';
  const baseUrl = { getBaseUrlFromSpecification: true };
  export default {
    client: { input, output: { target: './orval/client.ts', client: 'fetch', baseUrl } },
    zod: { input, output: { target: './orval/zod.ts', client: 'zod' } },
  };
`;

/** Prints the collection that Postman imports with the settings of the first argument. */
const GENERATE_POSTMAN = `
  const { readFileSync } = require('node:fs');
  const data = readFileSync('openapi.yaml', 'utf8');
  const settings = JSON.parse(process.argv[2]);
  require('openapi-to-postmanv2').convertV2({ type: 'string', data }, settings, (_, { output }) =>
    process.stdout.write(JSON.stringify(output[0].data)));
`;

/** Sends the requests of docs/postman_collection.json to `API` as Postman's own library reads them; prints the answers. */
const SEND_POSTMAN = `
  const { Collection, Variable } = require('postman-collection');
  const collection = new Collection(JSON.parse(require('node:fs').readFileSync(process.argv[2], 'utf8')));
  collection.variables.upsert(new Variable({ key: 'baseUrl', value: process.env.API }));
  const resolve = (text) => collection.variables.replace(text);
  async function send({ name, request }) {
    const { key, value, in: place } = request.auth?.parameters().toObject() ?? collection.auth.parameters().toObject();
    if (place !== 'header') throw new Error('not sent as a header');
    const headers = { [key]: resolve(value) };
    const response = await fetch(resolve(request.url.toString()), { method: request.method, headers });
    const text = await response.text();
    return { name, status: response.status, ...(text ? JSON.parse(text) : {}) };
  }
  Promise.all(collection.items.map(send)).then((answers) => process.stdout.write(JSON.stringify(answers)));
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

  it('lists, walks, polls and is refused with orval', () => {
    write('orval.config.mjs', CONFIGURE_ORVAL);
    tool('orval', '--config', 'orval.config.mjs');
    expect(checkAndRun('orvalClient', ORVAL + CALLS)).toEqual(EXPECTED);
  });

  type Field = { readonly key: string; readonly value: string; readonly disabled?: boolean };
  type Folder = { readonly item: readonly [Folder | Item] };
  type Item = {
    readonly request: {
      method: string;
      auth: unknown;
      header: Field[];
      url: Record<'host' | 'path' | 'query', Field[]>;
    };
  };
  type Collection = Folder & { readonly variable: Field[]; readonly auth: { readonly apikey: Field[] } };

  const firstOf = ({ item: [first] }: Folder): Item => ('item' in first ? firstOf(first) : first);
  const enabled = (fields: readonly Field[]): Record<string, string> =>
    Object.fromEntries(fields.flatMap(({ key, value, disabled }) => (disabled ? [] : [[key, value]])));

  /** Sends the first request of a Postman collection, with the collection's base URL and authorization. */
  async function sendFirst(collection: Collection): Promise<{ status: number; body: unknown }> {
    const { method, url, header, auth } = firstOf(collection).request;
    const { key = '', value, in: place } = enabled(collection.auth.apikey);
    expect({ value, place, auth }).toEqual({ value: '{{apiKey}}', place: 'header', auth: null }); // the collection's
    const path = [...url.host, ...url.path].join('/').replace('{{baseUrl}}', `${enabled(collection.variable).baseUrl}`);
    const headers = { ...enabled(header), [key]: `Token ${TOKEN}` };
    const response = await fetch(`${path}?${new URLSearchParams(enabled(url.query))}`, { method, headers });
    return { status: response.status, body: await response.json() };
  }

  it('gets an answer to every request of the Postman collection, imported as it is', () => {
    write('send.cjs', SEND_POSTMAN);
    expect(JSON.parse(run(process.execPath, 'send.cjs', join(__dirname, 'postman_collection.json')))).toEqual([
      { name: 'One page', status: 200, data: listed.slice(2, 4) },
      { name: 'Every instance', status: 200, data: listed },
      { name: 'The headers of a page', status: 200 },
    ]);
  });

  it.each([
    ['without optional parameters', { enableOptionalParameters: false }, listed],
    ['with parameters from the examples', { parametersResolution: 'Example' }, listed.slice(2, 4)],
  ])('sends a first request that works as a Postman collection %s', async (_, settings, data) => {
    write('postman.cjs', GENERATE_POSTMAN);
    const collection = JSON.parse(run(process.execPath, 'postman.cjs', JSON.stringify(settings)));
    expect(collection.variable).toEqual([{ key: 'baseUrl', value: server.origin }]);
    expect(await sendFirst(collection)).toEqual({ status: 200, body: { data } });
  });
});
