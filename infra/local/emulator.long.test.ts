import { request } from 'node:http';
import { type DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { createClient, databaseEnvironment } from './database';
import { type Emulator, startEmbedded } from './emulator';
import { createTables, localTableNames } from './tables';

let emulator: Emulator;
let client: DynamoDBClient;
const names = localTableNames({});
const key = { collection: { S: 'lambda-instances' }, id: { N: '1' } };

beforeAll(async () => {
  emulator = await startEmbedded();
  client = createClient(databaseEnvironment(emulator.endpoint, names));
  await createTables(client, names);
});
afterAll(async () => {
  client.destroy();
  await emulator.stop();
});

/** Sends an operation with any signature, and resolves to status, headers and body. */
function post(operation: string, body: string, headers: Record<string, string> = {}) {
  return new Promise<{ status: number | undefined; headers: object; body: string }>((resolve, reject) => {
    request(emulator.endpoint, {
      agent: false, // an idle connection may be closed while a request leaves on it
      method: 'POST',
      headers: {
        'x-amz-target': `DynamoDB_20120810.${operation}`,
        'content-type': 'application/x-amz-json-1.0',
        authorization: 'AWS4-HMAC-SHA256 Credential=a, SignedHeaders=b, Signature=c',
        'x-amz-date': 'x',
        ...headers,
      },
    })
      .on('response', async (response) => {
        const body = (await response.toArray()).join('');
        resolve({ status: response.statusCode, headers: response.headers, body });
      })
      .on('error', reject)
      .end(body);
  });
}

const REQUESTS: Record<string, object> = {
  Scan: { TableName: names.INSTANCES_TABLE, ScanFilter: { id: { ComparisonOperator: 'NULL' } }, Limit: 1 },
  Query: {
    TableName: names.INSTANCES_TABLE,
    KeyConditionExpression: 'collection = :c',
    ExpressionAttributeValues: { ':c': { S: 'a' } },
    ExclusiveStartKey: key,
  },
  GetItem: { TableName: names.INSTANCES_TABLE, Key: key },
  PutItem: { TableName: names.INSTANCES_TABLE, Item: { ...key, name: { L: [{ M: { a: { NS: ['1'] } } }] } } },
  UpdateItem: {
    TableName: names.INSTANCES_TABLE,
    Key: key,
    UpdateExpression: 'SET #n = :n',
    ExpressionAttributeNames: { '#n': 'name' },
    ExpressionAttributeValues: { ':n': { S: 'a' } },
  },
  DeleteItem: { TableName: names.INSTANCES_TABLE, Key: key, Expected: { name: { Exists: false } } },
  BatchGetItem: { RequestItems: { [names.INSTANCES_TABLE]: { Keys: [key] } } },
  BatchWriteItem: { RequestItems: { [names.INSTANCES_TABLE]: [{ PutRequest: { Item: key } }] } },
};

/** `value` with each of its parts, and itself, replaced by `part` in turn. */
function* withPart(value: unknown, part: unknown): Generator<unknown> {
  yield part;
  if (typeof value !== 'object' || value === null) return;
  for (const [name, child] of Object.entries(value)) {
    for (const changed of withPart(child, part)) {
      yield Array.isArray(value)
        ? value.map((item) => (item === child ? changed : item))
        : { ...value, [name]: changed };
    }
  }
}

it.each(Object.entries(REQUESTS))('answers %s with any part replaced, and keeps its data', async (operation, valid) => {
  const Item = { ...key, name: { S: operation } };
  for (const part of [null, 1, 'x', [], [null], {}, { S: null }, { a: null }]) {
    for (const body of withPart(valid, part)) {
      expect([200, 400]).toContain((await post(operation, JSON.stringify(body))).status);
    }
  }
  await client.send(new PutItemCommand({ TableName: names.INSTANCES_TABLE, Item }));
  const read = await client.send(new GetItemCommand({ TableName: names.INSTANCES_TABLE, Key: key }));
  expect(read.Item).toEqual(Item);
});

it('answers a request that it throws on with 400', async () => {
  expect(await post('Scan', 'null')).toMatchObject({
    status: 400,
    body: expect.stringContaining('The emulator cannot process this request: '),
  });
});

it('answers 413 to more than 16 MB', async () => {
  expect(await post('Scan', ' '.repeat(17 * 2 ** 20))).toMatchObject({ status: 413 });
});

it('survives a client that aborts its upload', async () => {
  await new Promise<void>((resolve) => {
    const aborted = request(emulator.endpoint, { method: 'POST', headers: { 'content-length': '10' } });
    aborted.on('error', () => resolve()).write('{', () => aborted.destroy(new Error('aborted')));
  });
  expect(await post('ListTables', '{}')).toMatchObject({ status: 200 });
});

it.each([
  ['a page of another origin', { origin: 'https://evil.example' }],
  ['a page without an origin', { origin: 'null' }],
  ['a page of its own origin, by another name', { host: 'evil.example' }],
  ['a page by a name that begins like its own', { host: 'localhost.evil.example:80' }],
])('refuses %s', async (_case, headers) => {
  const { status, headers: answered, body } = await post('ListTables', '{}', headers);
  expect([status, body]).toEqual([403, expect.stringContaining('AccessDeniedException')]);
  expect(answered).not.toHaveProperty('access-control-allow-origin');
});
