import { setTimeout as sleep } from 'node:timers/promises';
import {
  BatchWriteItemCommand,
  DeleteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
  paginateQuery,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { loadFunction } from '../../../test/builtFunction';
import { describeOnEmulators, type EmptyDatabase } from '../../../test/emulators';
import { compareKeys, type Keys, sortedKeys } from '../../../test/keys';
import { byRows, INSTANCES, keyOf } from '../../../test/pageIndex/smallIndex';
import { assertTree } from '../../../test/pageIndex/tree';
import { rebuildAll } from '../../../test/rebuildAll';
import { instancesIn } from '../../instances/source';
import { type PageIndex, pageIndexOf } from '../store';
import { auditNext } from './audit';
import { type BatchResponse, recountChanges } from './stream';
import { TableStream } from './tableStream.testing';
import { type Drift, verify } from './verify';

const SHAPE = byRows({ rows: 5, minRows: 3, maxRows: 8, entries: 5, minEntries: 3, maxEntries: 8 });

describeOnEmulators('the page index of a real table', ({ hasStreams, createDatabase }) => {
  it('is rebuilt exactly; verify finds what is wrong, and an audit corrects it', async () => {
    const { client, environment } = await createDatabase();
    const index = pageIndexOf(client, environment.PAGE_INDEX_TABLE, instancesIn(environment.INSTANCES_TABLE), SHAPE);
    await putMany(client, environment.INSTANCES_TABLE, [...range(-100, 200), '0.5', '-1.25', '98765432109876543210']);
    await rebuildAll(index);
    await assertTree(index, await keysIn(client, environment.INSTANCES_TABLE), { isTidy: false });
    await expect(driftsOf(index)).resolves.toEqual([]);

    await putMany(client, environment.INSTANCES_TABLE, ['7.5', ...range(200, 240)]);
    await client.send(new DeleteItemCommand({ TableName: environment.INSTANCES_TABLE, Key: keyOf('-100') }));
    await expect(driftsOf(index)).resolves.toHaveLength(3);
    while (!(await auditNext(index, { units: 50, healingUnits: 50 })).isRoundComplete);
    await expect(driftsOf(index)).resolves.toEqual([]);
    await assertTree(index, await keysIn(client, environment.INSTANCES_TABLE), { isTidy: true });
  });

  if (!hasStreams) return;

  it('is exact once the stream is drained, after writes of every kind during a rebuild, with each batch delivered twice', async () => {
    const database = await createDatabase();
    const { client, environment } = database;
    const index = pageIndexOf(client, environment.PAGE_INDEX_TABLE, instancesIn(environment.INSTANCES_TABLE), SHAPE);
    await putMany(client, environment.INSTANCES_TABLE, range(-200, 200)); // before there is an index
    const deliver = async (event: unknown): Promise<BatchResponse> => {
      const [{ response }] = await Promise.all([recountChanges(index, event), recountChanges(index, event)]);
      return response;
    };
    await drainWhile(database, deliver, [
      writeInEveryManner(client, environment.INSTANCES_TABLE),
      putMany(client, environment.INSTANCES_TABLE, range(10_000, 10_400)),
      rebuildAll(index),
    ]);
    const keys = await keysIn(client, environment.INSTANCES_TABLE);
    expect(keys.size).toBe(940);
    await assertTree(index, keys, { isTidy: false });
  }, 120_000);

  it('is maintained by the deployed function', async () => {
    const database = await createDatabase();
    const { client, environment } = database;
    const maintainer = loadFunction('maintainPageIndex', environment);
    const index = pageIndexOf(client, environment.PAGE_INDEX_TABLE, instancesIn(environment.INSTANCES_TABLE));
    await rebuildAll(index);
    await drainWhile(database, async (event) => (await maintainer.invoke(event)) as BatchResponse, [
      writeInEveryManner(client, environment.INSTANCES_TABLE),
      putMany(client, environment.INSTANCES_TABLE, range(1_000, 1_500)),
    ]);
    await maintainer.stop();
    await assertTree(index, await keysIn(client, environment.INSTANCES_TABLE), { isTidy: true });
  }, 120_000);
});

/** Delivers the stream's records as Lambda does, with redelivery, until the writers have finished and it is drained. */
async function drainWhile(
  { client, environment }: EmptyDatabase,
  deliver: (event: unknown) => Promise<BatchResponse>,
  writers: Promise<unknown>[],
): Promise<void> {
  const stream = await TableStream.open(client, environment.AWS_ENDPOINT_URL_DYNAMODB, environment.INSTANCES_TABLE);
  let isWriting = true;
  const written = Promise.all(writers).finally(() => {
    isWriting = false;
  });
  let Records = await stream.next();
  for (let isLast = false; Records.length > 0 || !isLast; ) {
    isLast = !isWriting;
    const { batchItemFailures } = await deliver({ Records });
    const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    const first = Records.findIndex(({ dynamodb }) => failed.has(dynamodb?.SequenceNumber ?? ''));
    const again = first < 0 ? [] : Records.slice(first);
    await sleep(20);
    Records = [...again, ...(await stream.next())];
  }
  stream.close();
  await written;
}

async function driftsOf(index: PageIndex): Promise<Drift[]> {
  const drifts: Drift[] = [];
  for await (const step of verify(index, async () => {})) drifts.push(...step.drifts);
  return drifts;
}

const range = (first: number, end: number): string[] =>
  Array.from({ length: end - first }, (_, i) => String(first + i));

async function putMany(client: DynamoDBClient, table: string, keys: readonly string[]): Promise<void> {
  for (let i = 0; i < keys.length; i += 25) {
    const requests = keys
      .slice(i, i + 25)
      .map((key) => ({ PutRequest: { Item: { ...keyOf(key), name: { S: 'x' } } } }));
    await client.send(new BatchWriteItemCommand({ RequestItems: { [table]: requests } }));
  }
}

/** Writes some rows twice, and inserts and deletes others. */
async function writeInEveryManner(client: DynamoDBClient, table: string): Promise<void> {
  for (const key of range(0, 40)) {
    await client.send(new PutItemCommand({ TableName: table, Item: keyOf(`${key}.5`) }));
    await client.send(new PutItemCommand({ TableName: table, Item: { ...keyOf(`${key}.5`), name: { S: 'again' } } }));
  }
  for (const key of range(300, 500)) {
    const Update = { TableName: table, Key: keyOf(key), UpdateExpression: 'SET label = :x' };
    await client.send(new UpdateItemCommand({ ...Update, ExpressionAttributeValues: { ':x': { S: 'new' } } }));
  }
  for (const key of range(300, 400)) await client.send(new DeleteItemCommand({ TableName: table, Key: keyOf(key) }));
  for (const key of range(600, 602)) {
    const put = { Put: { TableName: table, Item: keyOf(key) } };
    const remove = { Delete: { TableName: table, Key: keyOf(`${Number(key) - 600}`) } };
    await client.send(new TransactWriteItemsCommand({ TransactItems: [put, remove] }));
  }
}

/** Returns the keys of the rows of a real table. */
async function keysIn(client: DynamoDBClient, table: string): Promise<Keys> {
  const keys: string[] = [];
  const query = {
    TableName: table,
    ConsistentRead: true,
    KeyConditionExpression: '#p = :p',
    ExpressionAttributeNames: { '#p': INSTANCES.partitionKey.name },
    ExpressionAttributeValues: { ':p': { S: INSTANCES.partitionKey.value } },
  };
  for await (const { Items = [] } of paginateQuery({ client }, query)) {
    keys.push(...Items.map((item) => item[INSTANCES.sortKey]?.N ?? ''));
  }
  return sortedKeys(keys.sort(compareKeys));
}
