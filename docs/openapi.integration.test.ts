import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { parse } from 'yaml';
import { type Database, openDatabase } from '../infra/local/database';
import { createLambda, type Lambda } from '../infra/local/lambda';
import { readSample } from '../infra/local/seed';
import { createTables } from '../infra/local/tables';
import type { GatewayResponse } from '../lib/http/answer';
import type { failureOf } from '../lib/http/problem';
import { EVENT_FORMATS, type EventFormat, PATH, type WireRequest } from '../test/events';
import { EXAMPLES, expectDescribed } from '../test/openapi';

type Problem = ReturnType<typeof failureOf>;
type Case = {
  readonly event: unknown;
  readonly environment?: NodeJS.ProcessEnv;
};

const ORIGIN = 'https://console.example.org';
const [sample] = readSample().tokens;
const signed = (request: WireRequest = {}): WireRequest => ({
  ...request,
  headers: { Authorization: `Token ${sample?.token}`, ...request.headers },
});
const formatOf = (source: EventFormat['source']): EventFormat['toEvent'] =>
  EVENT_FORMATS.find((format) => format.source === source)?.toEvent as EventFormat['toEvent'];
const httpApi = formatOf('http-api');
const alb = formatOf('alb');

/** A cause for each problem; a new problem without one does not compile. */
const PROBLEMS: Readonly<Record<Problem, Case>> = {
  'unknown-event': { event: {} },
  'not-found': { event: httpApi(signed({ path: `${PATH}/1` })) },
  'method-not-allowed': { event: httpApi(signed({ method: 'POST' })) },
  'invalid-token': { event: httpApi() },
  'missing-parameter': { event: httpApi(signed({ query: 'limit=2' })) },
  'bad-parameter': { event: httpApi(signed({ query: 'limit=two&page=2' })) },
  'non-positive-parameter': { event: httpApi(signed({ query: 'limit=2&page=0' })) },
  'no-instances': { event: httpApi(signed()), environment: { INSTANCES_TABLE: 'Empty', PAGE_INDEX_TABLE: '' } },
  'page-out-of-range': { event: httpApi(signed({ query: 'limit=2&page=4' })) },
  'response-too-large': { event: alb(signed()), environment: { INSTANCES_TABLE: 'Wide', PAGE_INDEX_TABLE: '' } },
  unavailable: { event: httpApi(signed()), environment: { AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:9' } },
  'internal-error': { event: httpApi(signed()), environment: { TOKENS_TABLE: 'Absent' } },
};

describe('docs/openapi.yaml', () => {
  let database: Database;
  const lambdas = new Map<string, Lambda>();

  beforeAll(async () => {
    database = await openDatabase({});
    const { client, environment } = database;
    for (const INSTANCES_TABLE of ['Empty', 'Wide', 'Repetitive'])
      await createTables(client, { ...environment, INSTANCES_TABLE });
    const put = (TableName: string, id: string, length: number) => {
      const Item = { collection: { S: 'lambda-instances' }, id: { N: id }, name: { S: 'x'.repeat(length) } };
      return client.send(new PutItemCommand({ TableName, Item }));
    };
    for (const id of ['1', '2', '3']) await put('Wide', id, 380_000); // too large for an ALB
    await put('Repetitive', '1', 10_000); // worth compressing
  });

  afterAll(async () => {
    await Promise.all([...lambdas.values()].map((lambda) => lambda.stop()));
    await database.stop();
  });

  async function invoke({ event, environment = {} }: Case): Promise<GatewayResponse> {
    const key = JSON.stringify(environment);
    const lambda =
      lambdas.get(key) ??
      createLambda(join(__dirname, '../dist/listLambdaInstances.js'), {
        environment: { ...database.environment, CORS_ORIGINS: ORIGIN, ...environment },
        timeoutMs: 10_000,
        log: () => {},
      });
    lambdas.set(key, lambda);
    return (await lambda.invoke(event)) as GatewayResponse;
  }

  const exampleNamed = (name: string) => EXAMPLES.find((example) => example.name === name);

  it.each(Object.keys(PROBLEMS) as Problem[])('shows the problem %s as the function answers it', async (problem) => {
    const response = await invoke(PROBLEMS[problem]);
    expectDescribed(response, { method: problem === 'method-not-allowed' ? 'POST' : 'GET' });
    const { status, value } = exampleNamed(problem) ?? {};
    expect({ status: response.statusCode, value: JSON.parse(response.body) }).toEqual({
      status,
      value: { ...value, instance: expect.any(String) },
    });
  });

  it('names no other problem', () => {
    const text = readFileSync(join(__dirname, 'openapi.yaml'), 'utf8');
    const named = text.matchAll(/urn:problem-type:lambda-instances:([\w-]+)/g);
    expect(new Set([...named].map(([, name]) => name))).toEqual(new Set(Object.keys(PROBLEMS)));
  });

  it('names the limits that are deployed', () => {
    const read = (name: string) => parse(readFileSync(join(__dirname, name), 'utf8'), { logLevel: 'error' });
    const { throttlingRate, throttlingBurst } = read('../serverless.yml').params.default;
    expect(read('openapi.yaml').info.description).toContain(
      `${throttlingRate} requests a second, in bursts of up to ${throttlingBurst},`,
    );
  });

  it('describes the remedy for every problem', () => {
    const { description } = parse(readFileSync(join(__dirname, 'openapi.yaml'), 'utf8')).info;
    const listed = [...description.matchAll(/^\| (\d+) \| (`.*`) \|/gm)].flatMap(([, status, names]) =>
      [...names.matchAll(/`([\w-]+)`/g)].map(([, name]) => `${status} ${name}`),
    );
    const answered = EXAMPLES.filter(({ name }) => name in PROBLEMS && name !== 'unknown-event');
    expect(listed.toSorted()).toEqual(answered.map(({ status, name }) => `${status} ${name}`).toSorted());
  });

  it.each([
    ['everything', ''],
    ['page', 'limit=2&page=2'],
  ])('shows the list as the function answers it: %s', async (name, query) => {
    const response = await invoke({ event: httpApi(signed({ query })) });
    expect(JSON.parse(response.body)).toEqual(exampleNamed(name)?.value);
  });

  describe.each(EVENT_FORMATS)('describes the answer to $name:', ({ toEvent }) => {
    it.each<[string, number, WireRequest]>([
      ['everything', 200, signed()],
      ['a page', 200, signed({ query: 'limit=2&page=2' })],
      ['a page past the end', 404, signed({ query: 'limit=2&page=4' })],
      ['the headers of a page', 200, signed({ method: 'HEAD', query: 'limit=2&page=2' })],
      ['an unchanged list', 304, signed({ headers: { 'If-None-Match': '*' } })],
      ['an unchanged page', 304, signed({ headers: { 'If-None-Match': '*' }, query: 'limit=2&page=2' })],
      ['a request from another origin', 200, signed({ headers: { Origin: ORIGIN } })],
      ['no token', 401, { headers: { Origin: ORIGIN } }],
      ['the headers of a refusal', 401, { method: 'HEAD' }],
      ['the methods', 204, { method: 'OPTIONS' }],
      ['a preflight', 204, { method: 'OPTIONS', headers: { Origin: ORIGIN, 'Access-Control-Request-Method': 'GET' } }],
      ['another method', 405, { method: 'DELETE' }],
    ])('%s', async (_, status, request) => {
      const response = await invoke({ event: toEvent(request) });
      expect(response.statusCode).toBe(status);
      expectDescribed(response, { method: 'GET', ...request });
    });

    it.each(['gzip', 'br'])('a list in %s', async (coding) => {
      const environment = { INSTANCES_TABLE: 'Repetitive', PAGE_INDEX_TABLE: '', COMPRESS_REST_RESPONSES: 'true' };
      const response = await invoke({
        event: toEvent(signed({ headers: { 'Accept-Encoding': coding } })),
        environment,
      });
      expect(response).toMatchObject({ statusCode: 200, isBase64Encoded: true });
      expectDescribed(response, { method: 'GET' });
    });
  });
});
