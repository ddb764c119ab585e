import { type DynamoDBClient, paginateQuery } from '@aws-sdk/client-dynamodb';
import type { Partition } from '../../lib/dynamodb/partition';
import { type Attributes, writeAttributes } from './attributeJson';

/**
 * Every instance with every attribute, in ascending order of `id`, a JSON line each. Others may write meanwhile: each
 * line is a record as it was when it was read.
 *
 * @param advance told how many have been read
 */
export async function* exportInstances(
  client: DynamoDBClient,
  { table, partitionKey }: Partition,
  advance: (count: number) => void,
): AsyncGenerator<string, void> {
  const pages = paginateQuery(
    { client },
    {
      TableName: table,
      KeyConditionExpression: '#p = :p',
      ExpressionAttributeNames: { '#p': partitionKey.name },
      ExpressionAttributeValues: { ':p': { S: partitionKey.value } },
      ConsistentRead: true,
    },
  );
  let count = 0;
  for await (const { Items = [] } of pages) {
    for (const item of Items) yield `${writeAttributes(inOrder(item))}\n`;
    count += Items.length;
    advance(count);
  }
}

/** What people look for comes first, and equal records give equal lines. */
function inOrder({ collection, id, uuid, name, ...others }: Attributes): Attributes {
  const rest = Object.entries(others).sort(([a], [b]) => (a < b ? -1 : 1));
  const first = Object.entries({ collection, id, uuid, name }).flatMap(([key, value]) => (value ? [[key, value]] : []));
  return Object.fromEntries([...first, ...rest]);
}
