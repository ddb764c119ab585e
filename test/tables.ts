/** Fills tables as other systems do: with their own clients, in batches. */
import {
  type AttributeValue,
  BatchWriteItemCommand,
  DeleteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
  paginateScan,
} from '@aws-sdk/client-dynamodb';
import { COLLECTION } from '../lib/instances/source';
import { hashToken } from '../lib/tokens/verify';

/** For a test with its own database. For shared databases, `createDatabase` returns unique names. */
export const TABLES = { TOKENS_TABLE: 'tokens', INSTANCES_TABLE: 'instances', PAGE_INDEX_TABLE: 'page-index' };

type Item = Readonly<Record<string, AttributeValue>>;

const MAX_BATCH = 25;

export async function putInstances(client: DynamoDBClient, table: string, instances: readonly Item[]): Promise<void> {
  for (let start = 0; start < instances.length; start += MAX_BATCH) {
    const batch = instances.slice(start, start + MAX_BATCH);
    const requests = batch.map((item) => ({ PutRequest: { Item: { collection: { S: COLLECTION }, ...item } } }));
    let unprocessed: typeof requests | undefined = requests;
    while (unprocessed && unprocessed.length > 0) {
      const output = await client.send(new BatchWriteItemCommand({ RequestItems: { [table]: unprocessed } }));
      unprocessed = output.UnprocessedItems?.[table] as typeof requests | undefined;
    }
  }
}

export async function putToken(client: DynamoDBClient, table: string, token: string, row: Item = {}): Promise<void> {
  await client.send(new PutItemCommand({ TableName: table, Item: { tokenHash: { S: hashToken(token) }, ...row } }));
}

/** Deletes all items, which is faster than creating a table. */
export async function emptyTable(client: DynamoDBClient, table: string, key: readonly string[]): Promise<void> {
  for await (const { Items = [] } of paginateScan({ client }, { TableName: table, ConsistentRead: true })) {
    for (const item of Items) {
      const Key = Object.fromEntries(Object.entries(item).filter(([name]) => key.includes(name)));
      await client.send(new DeleteItemCommand({ TableName: table, Key }));
    }
  }
}
