import { type DynamoDBClient, paginateQuery } from '@aws-sdk/client-dynamodb';
import { compareKeys, type Keys, sortedKeys } from '../keys';
import { INSTANCES } from './smallIndex';

/** Returns the keys of the rows of a real table. */
export async function keysIn(client: DynamoDBClient, table: string): Promise<Keys> {
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
