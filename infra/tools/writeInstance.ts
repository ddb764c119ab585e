/** Writes one record to the instances table, beside other writers. */
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
import { describe } from './errorText';
import type { Writer } from './importInstances';
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
  /** Once it has aborted, nothing is tried again. */
  readonly signal?: AbortSignal;
};

/** How a target's records are written: merged into those that are there, or put in their place. */
export const createWriter = (target: Target, { replace }: { replace: boolean }): Writer => ({
  write: (id, attributes) => (replace ? replaceInstance : mergeInstance)(target, id, attributes),
  append: (attributes) => appendInstance(target, attributes),
});

/** Says what a writer would refuse, as far as can be seen without writing. */
export const createDryWriter = (target: Target, { replace }: { replace: boolean }): Writer => ({
  write: async (id, attributes) => {
    const isThere = !attributes.uuid && !replace && (await readUuid(target, id)) !== undefined;
    if (!attributes.uuid && !isThere) throw lacksUuid();
  },
  append: async (attributes) => {
    if (!attributes.uuid) throw lacksUuid();
  },
});

/**
 * Sets attributes of the record with this id, and leaves its others alone; creates the record if there is none. More
 * attributes than an expression takes are set by several updates, of which the first makes it a record that can be listed.
 */
export async function mergeInstance(target: Target, id: string, attributes: Attributes): Promise<void> {
  const { uuid, name, ...others } = attributes;
  const entries = Object.entries({ ...(uuid ? { uuid } : {}), name: name ?? { S: DEFAULT_NAME }, ...others });
  for (let done = 0; done < entries.length; done += MAX_ASSIGNMENTS) {
    const assignments = entries.slice(done, done + MAX_ASSIGNMENTS);
    try {
      await assign(target, id, assignments, { isNew: done === 0 && uuid !== undefined, keepsName: !name });
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) throw lacksUuid();
      if (done === 0 || !(error instanceof Error) || error.name !== 'ValidationException') throw error;
      throw new ToolError(`${describe(error)} (${done} of its ${entries.length} attributes are merged by now)`);
    }
  }
}

/** An expression takes 4 KB, of which one assignment needs 9 bytes at most, and 300 operators. */
const MAX_ASSIGNMENTS = 250;

async function assign(
  target: Target,
  id: string,
  assignments: readonly (readonly [string, AttributeValue])[],
  { isNew, keepsName }: { isNew: boolean; keepsName: boolean },
): Promise<void> {
  const sets = assignments.map(([name], i) => {
    const [attribute, value] = [`#${i.toString(36)}`, `:${i.toString(36)}`];
    return `${attribute}=${name === 'name' && keepsName ? `if_not_exists(${attribute},${value})` : value}`;
  });
  const uuid = isNew ? {} : { '#uuid': 'uuid' };
  const command = new UpdateItemCommand({
    TableName: target.partition.table,
    Key: keyOf(target.partition, id),
    UpdateExpression: `SET ${sets.join(',')}`,
    ...(isNew ? {} : { ConditionExpression: 'attribute_exists(#uuid)' }),
    ExpressionAttributeNames: {
      ...Object.fromEntries(assignments.map(([name], i) => [`#${i.toString(36)}`, name])),
      ...uuid,
    },
    ExpressionAttributeValues: Object.fromEntries(assignments.map(([, value], i) => [`:${i.toString(36)}`, value])),
  });
  await persist(target, () => target.sender.send(command));
}

/** Puts the record in the place of the one with this id. */
async function replaceInstance(target: Target, id: string, attributes: Attributes): Promise<void> {
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
    return attempts > 1 && parseUuid((await readUuid(target, id))?.N) === parseUuid(attributes.uuid?.N);
  }
}

async function readUuid(target: Target, id: string): Promise<AttributeValue | undefined> {
  const { sender, partition } = target;
  const command = new GetItemCommand({ TableName: partition.table, Key: keyOf(partition, id), ConsistentRead: true });
  const { Item } = await persist(target, () => sender.send(command));
  return Item?.uuid;
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
  if (integer === undefined) {
    throw new ToolError(
      `it has no id, and the largest id in the table, ${id}, is not an integer to count on from: give it an id`,
    );
  }
  return String(BigInt(integer) + 1n);
}

const MAX_ID_DIGITS = 126; // DynamoDB's numbers end at 9.99…e125

/** Repeats what DynamoDB was too busy for, or what got lost on the way, for up to half a minute. */
async function persist<Output>({ wait = setTimeout, signal }: Target, send: () => Promise<Output>): Promise<Output> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await send();
    } catch (error) {
      if (attempt === MAX_ATTEMPTS || signal?.aborted || !(toOutage(error) instanceof UnavailableError)) throw error;
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
