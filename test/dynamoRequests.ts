import type { AttributeValue, QueryCommandInput } from '@aws-sdk/client-dynamodb';
import { compareKeys } from './keys';

/** Interprets DynamoDB requests, as far as this project makes them. */

export type Item = Readonly<Record<string, AttributeValue>>;

/** Returns the key of an item. */
export const nameIn = (key: Item = {}): string => (key.node ?? key.tokenHash)?.S ?? '';

/** Returns the key range of a query. */
export function rangeOf(
  { KeyConditionExpression: condition, ExclusiveStartKey, ...input }: QueryCommandInput,
  sortKey: string,
) {
  if (condition !== '#p = :p' && condition !== '#p = :p AND #s <= :through') throw new TypeError('unknown condition');
  const after = ExclusiveStartKey?.[sortKey]?.N;
  const through = input.ExpressionAttributeValues?.[':through']?.N;
  if (after !== undefined && through !== undefined && compareKeys(after, through) >= 0) {
    throw new RangeError('The provided starting key is outside query boundaries based on provided conditions');
  }
  return { after, through };
}

/** Evaluates a condition: `a = :b`, or `attribute_not_exists(a)`. */
export function isMet(condition: string, item: Item, values: Item = {}): boolean {
  const [, absent, name = '', value = ''] = /^(?:attribute_not_exists\((\w+)\)|(\w+) = (:\w+))$/.exec(condition) ?? [];
  if (absent) return item[absent] === undefined;
  if (!value) throw new TypeError('unknown condition');
  return item[name]?.S === values[value]?.S;
}

/** Returns the requested attributes of an item. */
export function project(
  item: Item,
  input: Pick<QueryCommandInput, 'ProjectionExpression' | 'ExpressionAttributeNames'>,
): Item {
  if (!input.ProjectionExpression) return item;
  const names = input.ProjectionExpression.split(', ').map((name) => input.ExpressionAttributeNames?.[name] ?? name);
  return Object.fromEntries(names.flatMap((name) => (item[name] ? [[name, item[name]]] : [])));
}

/** Returns the size of an item in bytes, about as DynamoDB bills it. */
export const bytesOf = (item: Item): number =>
  Object.entries(item).reduce((sum, [name, { S = '', N = '' }]) => sum + name.length + S.length + N.length, 0);

export const readUnits = (bytes: number, isConsistent: boolean) => ({
  ConsumedCapacity: { CapacityUnits: Math.max(1, Math.ceil(bytes / 4096)) * (isConsistent ? 1 : 0.5) },
});

export const writeUnits = (bytes: number) => ({
  ConsumedCapacity: { CapacityUnits: Math.max(1, Math.ceil(bytes / 1024)) },
});
