import { type DynamoDBClient, paginateQuery } from '@aws-sdk/client-dynamodb';
import type { Partition } from '../../lib/dynamodb/partition';
import { type Attributes, writeAttributes } from './attributeJson';
import { describe } from './errorText';

type Options = {
  /** Called with the number of records read so far. */
  readonly advance: (read: number) => void;
  /** Called for each record that cannot be written, with its id and the reason. */
  readonly skip: (id: string, reason: string) => void;
};

/**
 * Yields a JSON line for each instance, with all its attributes, in ascending order of `id`. Others may write meanwhile:
 * each line is a record as of the time when it was read.
 */
export async function* exportInstances(
  client: DynamoDBClient,
  { table, partitionKey, sortKey }: Partition,
  { advance, skip }: Options,
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
    for (const item of Items) {
      const line = writeLine(item);
      if (line instanceof Error) skip(String(item[sortKey]?.N), describe(line));
      else yield line;
    }
    count += Items.length;
    advance(count);
  }
}

function writeLine(item: Attributes): string | Error {
  try {
    return `${writeAttributes(inOrder(item))}\n`;
  } catch (error) {
    return error as Error;
  }
}

const FIRST = ['collection', 'id', 'uuid', 'name'];

/** What people look for comes first, and equal records give equal lines. */
function inOrder(item: Attributes): Attributes {
  const rank = (name: string) => (FIRST.includes(name) ? FIRST.indexOf(name) : FIRST.length);
  return Object.fromEntries(Object.entries(item).sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1)));
}
