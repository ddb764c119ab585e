/** Writes single records to the instances table, concurrently with other writers. */
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
 * Where records are written, and how to wait between attempts.
 *
 * Single writes, not batches: one bad record fails a whole batch, a batch takes no conditions, and it would not be faster,
 * since all instances share a partition, and a few single writers use up its 1,000 writes a second.
 */
export type Target = {
  /** A client that does not retry: `persist` retries, and knows that an earlier attempt may have succeeded. */
  readonly sender: Sender;
  readonly partition: Partition;
  readonly wait?: (ms: number) => Promise<unknown>;
  /** Stops retries once it aborts. */
  readonly signal?: AbortSignal;
};

/** Creates a writer that merges records into existing ones, or replaces those. */
export const createWriter = (target: Target, { replace }: { replace: boolean }): Writer => ({
  write: (id, attributes) => (replace ? replaceInstance : mergeInstance)(target, id, attributes),
  append: (attributes) => appendInstance(target, attributes),
});

/** Creates a writer that writes nothing, and refuses what would be refused as far as that is known without writing. */
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
 * Sets attributes of the record with this id and keeps its others; creates the record if it does not exist. If there are
 * more attributes than an expression allows, several updates set them, and the first one makes the record listable.
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
      throw new ToolError(`${describe(error)} (${done} of its ${entries.length} attributes are already merged)`);
    }
  }
}

/** An expression may have 4 KB, at up to 9 bytes per assignment, and 300 operators. */
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

/** Replaces the record with this id. */
async function replaceInstance(target: Target, id: string, attributes: Attributes): Promise<void> {
  const command = new PutItemCommand({
    TableName: target.partition.table,
    Item: itemOf(target.partition, id, attributes),
  });
  await persist(target, () => target.sender.send(command));
}

/** Appends the record after the last one, and tries again if another writer took the id; never overwrites a record. */
export async function appendInstance(target: Target, attributes: Attributes): Promise<void> {
  let isDone = false;
  while (!isDone) isDone = await putIfAbsent(target, idAfter(await largestId(target)), attributes);
}

async function putIfAbsent(target: Target, id: string, attributes: Attributes): Promise<boolean> {
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
    // An earlier attempt whose response was lost may have written this record.
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

function idAfter(id: string | undefined): string {
  const integer = toInteger(id ?? '0', MAX_ID_DIGITS);
  if (integer === undefined) {
    throw new ToolError(
      `it has no id, and the largest id in the table, ${id}, is not an integer: give the record an id`,
    );
  }
  return String(BigInt(integer) + 1n);
}

const MAX_ID_DIGITS = 126; // DynamoDB's largest number is 9.99…e125

/** Retries after throttling, outages and lost responses, for up to half a minute. */
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
