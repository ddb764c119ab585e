/** Fills tables as other systems do: with their own clients, in batches. */
import {
  type AttributeValue,
  BatchWriteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { COLLECTION } from '../lib/instances/source';
import { hashToken } from '../lib/tokens/verify';

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
