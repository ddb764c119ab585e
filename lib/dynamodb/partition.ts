import {
  type AttributeValue,
  QueryCommand,
  type QueryCommandInput,
  type QueryCommandOutput,
} from '@aws-sdk/client-dynamodb';
import { UnavailableError } from '../errors';
import { compareDecimals, isDecimal } from './decimal';
import type { Sender } from './session';

/** A partition with a numeric sort key. */
export type Partition = {
  readonly table: string;
  readonly partitionKey: { readonly name: string; readonly value: string };
  readonly sortKey: string;
};

/** The rows after `after` (a sort key, exclusive; undefined: from the first row) through `through` (inclusive). */
export type Range = { readonly after?: string | undefined; readonly through?: string | undefined };

export type Row = Readonly<Record<string, AttributeValue>>;

type ReadOptions = {
  /** The maximum number of rows; undefined: the whole range. */
  readonly limit?: number | undefined;
  readonly consistent?: boolean;
};

/** Rows as DynamoDB cut them, and the last key read (undefined: the end of the range). */
type Chunk<Content> = Content & {
  readonly count: number;
  readonly lastKey: string | undefined;
  /** The read units consumed, as reported by DynamoDB; 0 if not reported. */
  readonly units: number;
};

/**
 * Reads the rows of a range, with only the named attributes (which include the sort key), in chunks of at most 1 MB.
 * Makes the next call when the next chunk is pulled.
 */
export async function* readRows(
  sender: Sender,
  partition: Partition,
  range: Range,
  attributes: readonly string[],
  options: ReadOptions = {},
): AsyncGenerator<Chunk<{ rows: readonly Row[] }>, void> {
  const { sortKey } = partition;
  let lastKey = range.after;
  const names = Object.fromEntries(attributes.map((name, i) => [`#a${i}`, name]));
  const projection = { ProjectionExpression: Object.keys(names).join(', '), names };
  for await (const { output, ...chunk } of queryAll(sender, partition, range, options, projection)) {
    if (output.Items?.length !== chunk.count) throw garbled('a count that is not that of its items');
    for (const row of output.Items) lastKey = movedKey(row, sortKey, lastKey);
    yield { ...chunk, rows: output.Items };
  }
}

/**
 * Counts the rows of a range, or its first `limit` rows. Returns the count, the read units that the rows consumed (a
 * response without rows adds none), and the last key if the range has more. Ends early, with a last key, after the call
 * that exceeds `maxUnits`.
 */
export async function countRows(
  sender: Sender,
  partition: Partition,
  range: Range,
  { maxUnits = Number.POSITIVE_INFINITY, ...options }: ReadOptions & { readonly maxUnits?: number } = {},
): Promise<Chunk<unknown>> {
  let total: Chunk<unknown> = { count: 0, units: 0, lastKey: undefined };
  for await (const chunk of queryAll(sender, partition, range, options, { Select: 'COUNT', names: {} })) {
    const units = chunk.count > 0 ? chunk.units : 0;
    total = { count: total.count + chunk.count, units: total.units + units, lastKey: chunk.lastKey };
    if (total.units > maxUnits) break;
  }
  return total;
}

type Selection = Pick<QueryCommandInput, 'Select' | 'ProjectionExpression'> & { names: Record<string, string> };

/**
 * Follows `LastEvaluatedKey` through 1 MB cuts and empty pages, to the end of the range or to `limit` rows. Stops at a
 * key at the very end of the range, from which DynamoDB refuses to continue.
 */
async function* queryAll(
  sender: Sender,
  partition: Partition,
  { after, through }: Range,
  { limit = Number.POSITIVE_INFINITY, consistent = false }: ReadOptions,
  { names, ...selection }: Selection,
): AsyncGenerator<Chunk<{ output: QueryCommandOutput }>, void> {
  const { table, partitionKey, sortKey } = partition;
  let lastKey = after;
  let remaining = limit;
  do {
    const output: QueryCommandOutput = await sender.send(
      new QueryCommand({
        ...selection,
        TableName: table,
        KeyConditionExpression: through === undefined ? '#p = :p' : '#p = :p AND #s <= :through',
        ExpressionAttributeNames: {
          '#p': partitionKey.name,
          ...(through === undefined ? {} : { '#s': sortKey }),
          ...names,
        },
        ExpressionAttributeValues: {
          ':p': { S: partitionKey.value },
          ...(through === undefined ? {} : { ':through': { N: through } }),
        },
        ConsistentRead: consistent,
        ReturnConsumedCapacity: 'TOTAL',
        ...(lastKey === undefined
          ? {}
          : { ExclusiveStartKey: { [partitionKey.name]: { S: partitionKey.value }, [sortKey]: { N: lastKey } } }),
        ...(remaining <= MAX_LIMIT ? { Limit: remaining } : {}),
      }),
    );
    const count = output.Count ?? Number.NaN;
    if (!Number.isInteger(count) || count < 0 || count > remaining) throw garbled('no usable count');
    lastKey = output.LastEvaluatedKey && unlessAtEnd(movedKey(output.LastEvaluatedKey, sortKey, lastKey), through);
    remaining -= count;
    yield { output, count, lastKey, units: output.ConsumedCapacity?.CapacityUnits ?? 0 };
  } while (lastKey !== undefined && remaining > 0);
}

const MAX_LIMIT = 2_147_483_647; // DynamoDB's `Limit` is a 32-bit integer

/** Checks that keys ascend; otherwise rows would repeat, or the loop would not end. */
function movedKey(row: Row | null, sortKey: string, previous: string | undefined): string {
  const key = row?.[sortKey]?.N;
  if (!isDecimal(key)) throw garbled('a key without its sort key');
  if (previous === undefined || compareDecimals(key, previous) > 0) return key;
  throw garbled('a key that does not move');
}

const unlessAtEnd = (key: string, through: string | undefined): string | undefined =>
  through === undefined || compareDecimals(key, through) < 0 ? key : undefined;

function garbled(what: string): UnavailableError {
  return new UnavailableError(`DynamoDB answered a query with ${what}`);
}
