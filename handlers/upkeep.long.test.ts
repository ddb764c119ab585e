import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { type Database, openDatabase } from '../infra/local/database';
import { instancesIn } from '../lib/instances/source';
import { readTotal } from '../lib/pageIndex/find';
import { pageIndexOf } from '../lib/pageIndex/store';
import { verify } from '../lib/pageIndex/upkeep/verify';
import { type BuiltFunction, loadFunction } from '../test/builtFunction';
import { EVENT_FORMATS } from '../test/events';
import { type FaultProxy, startFaultProxy } from '../test/faultProxy';
import { denied, throttled } from '../test/faults';
import { rebuildAll } from '../test/rebuildAll';
import { putInstances, putToken } from '../test/tables';

let database: Database;
let proxy: FaultProxy;
let environment: Record<string, string>;
let running: BuiltFunction | undefined;

beforeAll(async () => {
  database = await openDatabase({});
  proxy = await startFaultProxy(database.environment.AWS_ENDPOINT_URL_DYNAMODB);
  environment = { ...database.environment, AWS_ENDPOINT_URL_DYNAMODB: proxy.endpoint };
  const { INSTANCES_TABLE, PAGE_INDEX_TABLE } = database.environment;
  await rebuildAll(pageIndexOf(database.client, PAGE_INDEX_TABLE, instancesIn(INSTANCES_TABLE)));
});

afterEach(async () => {
  proxy.heal();
  await running?.stop();
});

afterAll(async () => {
  await proxy.stop();
  await database.stop();
});

/** Invokes a built function once. */
async function run(name: string, event: unknown) {
  running = loadFunction(name, environment);
  const answer = await running.invoke(event);
  return { answer, lines: running.logged() };
}

const inserted = (id: string, sequenceNumber: string) => ({
  eventName: 'INSERT',
  dynamodb: { Keys: { collection: { S: 'lambda-instances' }, id: { N: id } }, SequenceNumber: sequenceNumber },
});
const batch = { Records: [inserted('7', '1'), inserted('8', '2')] };
const nextTry = { batchItemFailures: [{ itemIdentifier: '1' }, { itemIdentifier: '2' }] };
const metricsOf = (line: Record<string, unknown> | undefined) =>
  (line?._aws as EmbeddedMetrics | undefined)?.CloudWatchMetrics.map(({ Dimensions, Metrics }) => ({
    by: Dimensions,
    of: Metrics.map(({ Name }) => [Name, line?.[Name]]),
  }));
type EmbeddedMetrics = { CloudWatchMetrics: { Dimensions: string[][]; Metrics: { Name: string }[] }[] };

describe('maintainPageIndex', () => {
  it('logs its counts, without a metric if nothing fails', async () => {
    const { answer, lines } = await run('maintainPageIndex', batch);
    expect(answer).toEqual({ batchItemFailures: [] });
    expect(lines).toEqual([{ time: expect.any(String), level: 'info', message: 'counted', keys: 2, failed: 0 }]);
  });

  it('counts a refusal by DynamoDB as an internal error, per version too', async () => {
    proxy.inject({ fault: denied, operation: 'Query' });
    const { answer, lines } = await run('maintainPageIndex', batch);
    expect(answer).toEqual(nextTry);
    expect(lines.map(({ level, message, key }) => [level, message, key])).toEqual([
      ['error', 'a block could not be counted', '7'],
      ['error', 'a block could not be counted', '8'],
      ['info', 'counted', undefined],
    ]);
    expect(lines.at(-1)).toMatchObject({ FunctionName: 'maintainPageIndex', FunctionVersion: '$LATEST' });
    expect(metricsOf(lines.at(-1))).toEqual([
      {
        by: [['FunctionName']],
        of: [
          ['UncountedKeys', 2],
          ['InternalErrors', 2],
        ],
      },
      { by: [['FunctionName', 'FunctionVersion']], of: [['InternalErrors', 2]] },
    ]);
  });

  it('counts no internal error if DynamoDB was throttled', async () => {
    proxy.inject({ fault: throttled, operation: 'Query' });
    const { answer, lines } = await run('maintainPageIndex', batch);
    expect(answer).toEqual(nextTry);
    expect(metricsOf(lines.at(-1))).toEqual([{ by: [['FunctionName']], of: [['UncountedKeys', 2]] }]);
  });
});

describe('a partition whose counts are all throttled', () => {
  it('answers pages that lack only uncounted changes, and counts these when the batch is repeated', async () => {
    const { client, environment: direct } = database;
    const { INSTANCES_TABLE, PAGE_INDEX_TABLE, TOKENS_TABLE } = direct;
    const token = 'a-token-of-this-test';
    await putToken(client, TOKENS_TABLE, token);
    await putInstances(client, INSTANCES_TABLE, [{ id: { N: '-2' } }, { id: { N: '-1' } }]);
    const Records = [inserted('-2', '1'), inserted('-1', '2')];
    proxy.inject({ fault: throttled, operation: 'Query' });
    const counting = run('maintainPageIndex', { Records });
    const list = loadFunction('listLambdaInstances', direct);
    const [httpApi] = EVENT_FORMATS;
    const headers = { Authorization: `Token ${token}` };
    const page = await list.invoke(httpApi?.toEvent({ query: 'limit=1&page=2', headers }));
    await list.stop();
    expect(page).toMatchObject({ statusCode: 200, body: expect.stringContaining('"id":-1}') });
    expect((await counting).answer).toEqual(nextTry);
    await running?.stop();
    proxy.heal();
    expect((await run('maintainPageIndex', { Records })).answer).toEqual({ batchItemFailures: [] });
    const index = pageIndexOf(client, PAGE_INDEX_TABLE, instancesIn(INSTANCES_TABLE));
    await expect(readTotal(index)).resolves.toBeGreaterThanOrEqual(2);
    for await (const { drifts } of verify(index, async () => {})) expect(drifts).toEqual([]);
  });
});

/** Leaves nothing of the root but its name. */
const damageRoot = () =>
  database.client.send(
    new PutItemCommand({ TableName: database.environment.PAGE_INDEX_TABLE, Item: { node: { S: 'root' } } }),
  );
const damaged = {
  level: 'error',
  message: 'a damaged node was replaced',
  error: { name: 'DamagedIndexError', message: 'node root is not of format 1' },
};

describe('a damaged index', () => {
  it('fails no batch of maintainPageIndex, which reports it', async () => {
    await damageRoot();
    const { answer, lines } = await run('maintainPageIndex', batch);
    expect(answer).toEqual({ batchItemFailures: [] });
    expect(lines).toEqual([
      expect.objectContaining({ ...damaged, error: expect.objectContaining(damaged.error) }),
      expect.objectContaining({ message: 'counted', keys: 2, failed: 0 }),
    ]);
    expect(metricsOf(lines[0])).toEqual([{ by: [['FunctionName']], of: [['DamagedNodes', 1]] }]);
  });

  it('is complete again after a run of auditPageIndex, which reports it', async () => {
    await damageRoot();
    const { lines } = await run('auditPageIndex', {});
    expect(lines).toEqual([
      expect.objectContaining({ ...damaged, error: expect.objectContaining(damaged.error) }),
      expect.objectContaining({ message: 'audited', blocks: 0, corrected: 0 }),
    ]);
    expect(lines[1]).not.toHaveProperty('healedRows');
    expect(metricsOf(lines[0])).toEqual([{ by: [['FunctionName']], of: [['DamagedNodes', 1]] }]);
    const { PAGE_INDEX_TABLE, INSTANCES_TABLE } = database.environment;
    await expect(
      readTotal(pageIndexOf(database.client, PAGE_INDEX_TABLE, instancesIn(INSTANCES_TABLE))),
    ).resolves.toEqual(expect.any(Number));
  });
});

describe('auditPageIndex', () => {
  it('logs a round that corrected nothing, without a metric', async () => {
    const { lines } = await run('auditPageIndex', {});
    expect(lines).toEqual([
      {
        time: expect.any(String),
        level: 'info',
        message: 'audited',
        blocks: 1,
        readUnits: 6,
        isRoundComplete: true,
        corrected: 0,
      },
    ]);
  });

  it('counts the rows by which it corrected the total', async () => {
    const { INSTANCES_TABLE } = database.environment;
    for (const id of ['101', '102', '103']) {
      const Item = { collection: { S: 'lambda-instances' }, id: { N: id } };
      await database.client.send(new PutItemCommand({ TableName: INSTANCES_TABLE, Item }));
    }
    const { lines } = await run('auditPageIndex', {});
    expect(metricsOf(lines.at(-1))).toEqual([{ by: [['FunctionName']], of: [['CorrectedRows', 3]] }]);
  });
});
