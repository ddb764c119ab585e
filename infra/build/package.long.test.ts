import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { BatchWriteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { unzipSync } from 'fflate';
import type { GatewayResponse } from '../../lib/http/answer';
import { COLLECTION, instancesIn } from '../../lib/instances/source';
import { ROOT } from '../../lib/pageIndex/node';
import { pageIndexOf } from '../../lib/pageIndex/store';
import { EVENT_FORMATS } from '../../test/events';
import { type DeployedFunction, type FunctionProcess, type Invocation, startProcess } from '../../test/functionProcess';
import { expectDescribed } from '../../test/openapi';
import { type Package, packageService } from '../../test/packageService';
import { rebuildAll } from '../../test/rebuildAll';
import { type Database, openDatabase } from '../local/database';
import { receive } from '../local/receive';

let packaged: Package;
let database: Database;
let directory: string;
let running: FunctionProcess<unknown> | undefined;

beforeAll(() => {
  packaged = packageService('--stage', 'production');
});

beforeEach(async () => {
  database = await openDatabase({});
  directory = mkdtempSync(join(tmpdir(), 'function-'));
});

afterEach(async () => {
  await running?.stop();
  rmSync(directory, { recursive: true });
  await database.stop();
});

afterAll(() => packaged.remove());

type FunctionProperties = {
  readonly Handler: string;
  readonly MemorySize: number;
  readonly Timeout: number;
  readonly Environment: { readonly Variables: Readonly<Record<string, string | { readonly Ref: string }>> };
};

/** Unpacks a function's zip and configures it as the template does. */
function deploy(name: string): Required<DeployedFunction> {
  for (const [file, content] of Object.entries(unzipSync(readFileSync(packaged.zip(name))))) {
    mkdirSync(dirname(join(directory, file)), { recursive: true });
    writeFileSync(join(directory, file), content);
  }
  const logicalId = `${name.charAt(0).toUpperCase()}${name.slice(1)}LambdaFunction`;
  const properties = packaged.template.Resources[logicalId]?.Properties as FunctionProperties;
  const variables = Object.entries(properties.Environment.Variables).map(([variable, value]) => [
    variable,
    typeof value === 'string' ? value : value.Ref, // local tables are named as the template's resources are
  ]);
  const ofLambda = Object.entries(database.environment).filter(([variable]) => variable.startsWith('AWS_'));
  return {
    directory,
    handler: properties.Handler,
    memorySizeMb: properties.MemorySize,
    timeoutMs: properties.Timeout * 1_000,
    environment: {
      AWS_LAMBDA_FUNCTION_NAME: logicalId,
      AWS_LAMBDA_FUNCTION_VERSION: '1',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(properties.MemorySize),
      ...Object.fromEntries([...ofLambda, ...variables]),
    },
  };
}

function run<Answer = GatewayResponse>(lambda: DeployedFunction): FunctionProcess<Answer> {
  const started = startProcess<Answer>(lambda);
  running = started;
  return started;
}

const token = 'tJ3b3f32f23ceuqdoS_TH7m0d6yxmlWL1r2ralKcttY'; // the sample rows' own
const [httpApi] = EVENT_FORMATS.filter(({ source }) => source === 'http-api');

const listEvent = (query = '', headers = {}) =>
  httpApi?.toEvent({ query, headers: { authorization: `Token ${token}`, ...headers } });

/** Requests the list, and fails unless the API's description has the answer. */
async function ask({ measure }: FunctionProcess, query = '', headers = {}): Promise<Invocation> {
  const invocation = await measure(listEvent(query, headers));
  expectDescribed(invocation.response, { method: 'GET' });
  return invocation;
}

it('listLambdaInstances answers, and logs only JSON', async () => {
  const lambda = run(deploy('listLambdaInstances'));
  expect((await ask(lambda, 'limit=2&page=2')).response).toMatchObject({
    statusCode: 200,
    body: '{"data":[{"uuid":3,"name":"Another Lambda Instance","id":4},{"uuid":4,"name":"Lambda Instance","id":5}]}',
  });
  await lambda.stop();
  const lines = lambda.takeOutput().trim().split('\n');
  expect(lines.map((line) => JSON.parse(line).message)).toContain('request');
});

it('the functions write the metrics and dimensions that alarms watch', async () => {
  await putDamagedInstance('1000');
  const { client, environment } = database;
  await rebuildAll(pageIndexOf(client, environment.PAGE_INDEX_TABLE, instancesIn(environment.INSTANCES_TABLE)));
  await putDamagedInstance('1001'); // which the index does not count
  const written = [
    ...(await metricsOf('listLambdaInstances', { PAGE_INDEX_TABLE: 'missing' }, listEvent('limit=50&page=1'))),
    ...(await metricsOf('listLambdaInstances', { INSTANCES_TABLE: 'missing' }, listEvent())),
    ...(await metricsOf('maintainPageIndex', { INSTANCES_TABLE: 'missing' }, { Records: [inserted('1001')] })),
    ...(await metricsOf('auditPageIndex', {}, {})),
    ...(await damageRoot().then(() => metricsOf('auditPageIndex', {}, {}))),
  ];
  const watched = alarmMetrics().filter(({ Namespace }) => Namespace === 'LambdaInstances');
  const names = watched.map(({ MetricName, Dimensions }) => [MetricName, ...Dimensions.map(({ Name }) => Name)].join());
  const ofLog = names.filter((name) => name !== 'TooManyRequests,ApiId'); // a filter on the gateway's log makes it
  expect(ofLog.length).toBeGreaterThan(5);
  for (const name of ofLog) expect(written).toContain(name);
});

type Metric = { readonly Namespace: string; readonly MetricName: string; readonly Dimensions: { Name: string }[] };
type AlarmProperties = Metric & { readonly Metrics?: { readonly MetricStat?: { readonly Metric: Metric } }[] };

function alarmMetrics(): Metric[] {
  const alarms = Object.values(packaged.template.Resources).filter(({ Type }) => Type === 'AWS::CloudWatch::Alarm');
  return alarms.flatMap(({ Properties }) => {
    const { Metrics = [], ...alarm } = Properties as unknown as AlarmProperties;
    return [alarm, ...Metrics.flatMap(({ MetricStat }) => MetricStat?.Metric ?? [])];
  });
}

/** The metrics that one run writes to the log in CloudWatch's embedded format, each with its dimensions' names. */
async function metricsOf(name: string, variables: Record<string, string>, event: unknown): Promise<string[]> {
  const lambda = deploy(name);
  const started = run<unknown>({ ...lambda, environment: { ...lambda.environment, ...variables } });
  await started.invoke(event);
  await started.stop();
  const [line = 'null'] = started.takeOutput().match(/.*"_aws".*/) ?? [];
  return (JSON.parse(line) as EmbeddedMetrics)._aws.CloudWatchMetrics.flatMap(({ Dimensions, Metrics }) =>
    Metrics.flatMap(({ Name }) => Dimensions.map((names) => [Name, ...names].join())),
  );
}

type EmbeddedMetrics = {
  readonly _aws: { readonly CloudWatchMetrics: { Dimensions: string[][]; Metrics: { Name: string }[] }[] };
};

async function damageRoot(): Promise<void> {
  const { client, environment } = database;
  await client.send(new PutItemCommand({ TableName: environment.PAGE_INDEX_TABLE, Item: { node: { S: ROOT } } }));
}

async function putDamagedInstance(id: string): Promise<void> {
  const { client, environment } = database;
  const Item = { collection: { S: COLLECTION }, id: { N: id } };
  await client.send(new PutItemCommand({ TableName: environment.INSTANCES_TABLE, Item }));
}

const inserted = (id: string) => ({
  eventID: '1',
  eventName: 'INSERT',
  eventSource: 'aws:dynamodb',
  dynamodb: { Keys: { collection: { S: COLLECTION }, id: { N: id } }, SequenceNumber: '1' },
});

it("maintainPageIndex accepts the stream's batches", async () => {
  const { invoke } = run<unknown>(deploy('maintainPageIndex'));
  expect(await invoke({ Records: [inserted('7')] })).toEqual({ batchItemFailures: [] });
});

it('auditPageIndex runs on its schedule', async () => {
  const { invoke } = run<unknown>(deploy('auditPageIndex'));
  await expect(invoke({ source: 'aws.events', 'detail-type': 'Scheduled Event', detail: {} })).resolves.toBeDefined();
});

it('checkRelease checks the versions that the template names, and reports to CodeDeploy', async () => {
  const nowhere = 'http://127.0.0.1:1';
  const { environment, ...lambda } = deploy('checkRelease');
  const aws = { AWS_ENDPOINT_URL_LAMBDA: nowhere, AWS_ENDPOINT_URL_CODEDEPLOY: nowhere };
  const { invoke, takeOutput } = run<unknown>({ ...lambda, environment: { ...environment, ...aws } });
  await expect(invoke({ DeploymentId: 'd', LifecycleEventHookExecutionId: 'x' })).rejects.toThrow('ECONNREFUSED');
  const output = takeOutput();
  expect(output).toContain('not kept');
  expect(output).not.toContain('is not set');
});

it('listLambdaInstances has enough memory for the largest response', async () => {
  await putInstances(550, 'n'.repeat(10_000));
  const lambda = deploy('listLambdaInstances');
  const { response, peakMemoryMb } = await ask(run(lambda));
  expect(response.statusCode).toBe(200);
  expect(response.body.length).toBeGreaterThan(5_500_000);
  expect(peakMemoryMb).toBeLessThan(lambda.memorySizeMb);
});

it('listLambdaInstances lists 120,000 instances in one answer, within 512 MB', async () => {
  await putInstances(120_000, 'Physics Lambda Instance');
  const lambda = deploy('listLambdaInstances');
  expect(lambda.memorySizeMb).toBeLessThanOrEqual(512);
  const { response, peakMemoryMb } = await askPatiently(run(lambda), { 'accept-encoding': 'br' });
  const { status, headers, text } = receive(response);
  expect({ status, coding: headers['content-encoding'] }).toEqual({ status: 200, coding: 'br' });
  const { data } = JSON.parse(text);
  expect(data.slice(-120_000).map(({ id }: { id: number }) => id)).toEqual(ids(120_000)); // after the sample rows
  expect(peakMemoryMb).toBeLessThan(lambda.memorySizeMb);
}, 300_000);

/** Repeats the request after a 503, since an emulator on a busy machine may be too slow. */
async function askPatiently(started: FunctionProcess, headers: Record<string, string>): Promise<Invocation> {
  let invocation = await ask(started, '', headers);
  for (let attempt = 2; invocation.response.statusCode === 503 && attempt <= 5; attempt += 1)
    invocation = await ask(started, '', headers);
  return invocation;
}

const ids = (count: number): number[] => Array.from({ length: count }, (_, index) => 1000 + index);

async function putInstances(count: number, name: string): Promise<void> {
  const put = (id: number) => ({
    PutRequest: {
      Item: { collection: { S: COLLECTION }, id: { N: String(id) }, uuid: { N: String(id) }, name: { S: name } },
    },
  });
  const all = ids(count);
  const batches = Array.from({ length: Math.ceil(count / 25) }, (_, index) => all.slice(index * 25, index * 25 + 25));
  for (const batch of batches) {
    const RequestItems = { [database.environment.INSTANCES_TABLE]: batch.map(put) };
    await database.client.send(new BatchWriteItemCommand({ RequestItems }));
  }
}

it("a handler at another path than the template's does not start", async () => {
  const lambda = run({ ...deploy('listLambdaInstances'), handler: 'dist/listLambdaInstance.handler' });
  await expect(ask(lambda)).rejects.toThrow('Cannot find module');
});

it('a function whose environment lacks a table does not answer 200', async () => {
  const lambda = deploy('listLambdaInstances');
  const started = run({ ...lambda, environment: { ...lambda.environment, TOKENS_TABLE: '' } });
  expect((await ask(started)).response).toMatchObject({ statusCode: 500 });
  await started.stop();
  expect(started.takeOutput()).toContain('TOKENS_TABLE is not set');
});
