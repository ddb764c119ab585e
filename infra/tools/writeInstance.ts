/** One record's way into the instances table, beside whoever else writes it. */
import { setTimeout } from 'node:timers/promises';
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { toInteger } from '../../lib/dynamodb/decimal';
import { toOutage } from '../../lib/dynamodb/outage';
import type { Partition } from '../../lib/dynamodb/partition';
import type { Sender } from '../../lib/dynamodb/session';
import { UnavailableError } from '../../lib/errors';
import { DEFAULT_NAME, parseUuid } from '../../lib/instances/lambdaInstance';
import type { Attributes } from './attributeJson';
import { ToolError } from './toolError';

/**
 * Where records are written, and how long to wait between attempts.
 *
 * Single writes, not batches: one bad record has its whole batch refused, a batch takes no conditions, and it would gain
 * nothing, since all instances share a partition, whose 1,000 writes a second a few single writers use up.
 */
export type Target = {
  /** A client that does not retry: `persist` does, and knows then that a write may have been done before. */
  readonly sender: Sender;
  readonly partition: Partition;
  readonly wait?: (ms: number) => Promise<unknown>;
};

/** Sets attributes of the record with this id, and leaves its others alone; makes the record if there is none. */
export async function mergeInstance(target: Target, id: string, attributes: Attributes): Promise<void> {
  const { table } = target.partition;
  const entries = Object.entries({ name: { S: DEFAULT_NAME }, ...attributes });
  const sets = entries.map(([name], i) => {
    const isDefault = name === 'name' && !attributes.name;
    return isDefault ? `#${i} = if_not_exists(#${i}, :${i})` : `#${i} = :${i}`;
  });
  const uuid = attributes.uuid ? undefined : { '#uuid': 'uuid' };
  const command = new UpdateItemCommand({
    TableName: table,
    Key: keyOf(target.partition, id),
    UpdateExpression: `SET ${sets.join(', ')}`,
    ...(uuid ? { ConditionExpression: 'attribute_exists(#uuid)' } : {}),
    ExpressionAttributeNames: { ...Object.fromEntries(entries.map(([name], i) => [`#${i}`, name])), ...uuid },
    ExpressionAttributeValues: Object.fromEntries(entries.map(([, value], i) => [`:${i}`, value])),
  });
  try {
    await persist(target, () => target.sender.send(command));
  } catch (error) {
    throw error instanceof ConditionalCheckFailedException ? lacksUuid() : error;
  }
}

/** Puts the record in the place of the one with this id. */
export async function replaceInstance(target: Target, id: string, attributes: Attributes): Promise<void> {
  const command = new PutItemCommand({
    TableName: target.partition.table,
    Item: itemOf(target.partition, id, attributes),
  });
  await persist(target, () => target.sender.send(command));
}

/** Adds the record as the one after the last, and again so if another writer was faster; never in another's place. */
export async function appendInstance(target: Target, attributes: Attributes): Promise<void> {
  let isDone = false;
  while (!isDone) isDone = await putWhereNone(target, following(await largestId(target)), attributes);
}

async function putWhereNone(target: Target, id: string, attributes: Attributes): Promise<boolean> {
  const { table, partitionKey } = target.partition;
  const command = new PutItemCommand({
    TableName: table,
    Item: itemOf(target.partition, id, attributes),
    ConditionExpression: 'attribute_not_exists(#p)',
    ExpressionAttributeNames: { '#p': partitionKey.name },
  });
  let attempts = 0;
  try {
    await persist(target, () => {
      attempts += 1;
      return target.sender.send(command);
    });
    return true;
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    // An attempt whose answer was lost may have written the record that now stands in its own way.
    return attempts > 1 && (await hasUuid(target, id, attributes.uuid?.N));
  }
}

async function hasUuid(target: Target, id: string, uuid: string | undefined): Promise<boolean> {
  const { sender, partition } = target;
  const command = new GetItemCommand({ TableName: partition.table, Key: keyOf(partition, id), ConsistentRead: true });
  const { Item } = await persist(target, () => sender.send(command));
  return parseUuid(Item?.uuid?.N) === parseUuid(uuid);
}

async function largestId(target: Target): Promise<string | undefined> {
  const { sender, partition } = target;
  const command = new QueryCommand({
    TableName: partition.table,
    KeyConditionExpression: '#p = :p',
    ExpressionAttributeNames: { '#p': partition.partitionKey.name },
    ExpressionAttributeValues: { ':p': { S: partition.partitionKey.value } },
    ScanIndexForward: false,
    Limit: 1,
    ConsistentRead: true,
  });
  const { Items } = await persist(target, () => sender.send(command));
  return Items?.[0]?.[partition.sortKey]?.N;
}

function following(id: string | undefined): string {
  const integer = toInteger(id ?? '0', MAX_ID_DIGITS);
  if (integer === undefined) throw new ToolError(`nothing can follow the largest id, ${id}: it is no integer`);
  return String(BigInt(integer) + 1n);
}

const MAX_ID_DIGITS = 126; // DynamoDB's numbers end at 9.99…e125

/** Repeats what DynamoDB was too busy for, or what got lost on the way, for up to half a minute. */
async function persist<Output>({ wait = setTimeout }: Target, send: () => Promise<Output>): Promise<Output> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await send();
    } catch (error) {
      if (attempt === MAX_ATTEMPTS || !(toOutage(error) instanceof UnavailableError)) throw error;
      await wait(Math.random() * Math.min(MAX_WAIT_MS, 100 * 2 ** attempt));
    }
  }
}

const MAX_ATTEMPTS = 16;
const MAX_WAIT_MS = 5_000;

const keyOf = ({ partitionKey, sortKey }: Partition, id: string): Record<string, AttributeValue> => ({
  [partitionKey.name]: { S: partitionKey.value },
  [sortKey]: { N: id },
});

function itemOf(partition: Partition, id: string, attributes: Attributes): Record<string, AttributeValue> {
  if (!attributes.uuid) throw lacksUuid();
  return { ...keyOf(partition, id), name: { S: DEFAULT_NAME }, ...attributes };
}

const lacksUuid = (): ToolError => new ToolError('a new instance needs a uuid');
