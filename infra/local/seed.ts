/** Loads sample.json: the instances and the token in the examples of the API's description. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, PutCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { COLLECTION } from '../../lib/instances/source';
import type { TableNames } from './tables';

type Item = Readonly<Record<string, unknown>>;
type Sample = { readonly tokens: readonly ({ token: string } & Item)[]; readonly instances: readonly Item[] };

export function readSample(): Sample {
  return JSON.parse(readFileSync(join(__dirname, 'sample.json'), 'utf8'));
}

/** Fills empty tables; leaves tables with rows unchanged. */
export async function seedTables(client: DynamoDBClient, names: TableNames): Promise<void> {
  try {
    const { tokens, instances } = readSample();
    const documents = DynamoDBDocumentClient.from(client);
    await fillIfEmpty(documents, names.TOKENS_TABLE, tokens.map(toTokenItem));
    await fillIfEmpty(documents, names.INSTANCES_TABLE, instances.map(toInstanceItem));
  } catch (error) {
    throw new Error(`infra/local/sample.json could not be loaded: ${(error as Error).message}`, { cause: error });
  }
}

const toTokenItem = ({ token, ...row }: Sample['tokens'][number]): Item => ({
  tokenHash: createHash('sha256').update(token).digest('hex'),
  ...row,
});

const toInstanceItem = (row: Item): Item => ({ collection: COLLECTION, ...row });

async function fillIfEmpty(documents: DynamoDBDocumentClient, table: string, items: Item[]): Promise<void> {
  const { Count } = await documents.send(new ScanCommand({ TableName: table, Limit: 1 }));
  if (Count) return;
  await Promise.all(items.map((Item) => documents.send(new PutCommand({ TableName: table, Item }))));
}
