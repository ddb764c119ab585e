import { randomBytes } from 'node:crypto';
import {
  type AttributeValue,
  DeleteItemCommand,
  GetItemCommand,
  type GetItemCommandOutput,
  PutItemCommand,
  type PutItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { compareDecimals, isDecimal } from '../dynamodb/decimal';
import type { Partition } from '../dynamodb/partition';
import type { Sender } from '../dynamodb/session';
import { type Entry, type Node, ROOT, SHAPE, type Shape } from './node';

/** An index, the rows that it counts, and the way to both. */
export type PageIndex = {
  readonly sender: Sender;
  /** The index's own table: partition key `node` (S), nothing else in it. */
  readonly table: string;
  readonly rows: Partition;
  readonly shape: Shape;
};

export const pageIndexOf = (sender: Sender, table: string, rows: Partition, shape = SHAPE): PageIndex => ({
  sender,
  table,
  rows,
  shape,
});

/** The index cannot be what this version wrote: only a rebuild mends it. */
export class DamagedIndexError extends Error {
  override readonly name = 'DamagedIndexError';
}

const FORMAT = '1';

/** @throws DamagedIndexError if there is something under that name, but no node of this format */
export async function readNode(
  index: PageIndex,
  name: string,
  { consistent }: { consistent: boolean },
): Promise<Node | undefined> {
  const output: GetItemCommandOutput = await index.sender.send(
    new GetItemCommand({
      TableName: index.table,
      Key: { node: { S: name } },
      ConsistentRead: consistent,
      ReturnConsumedCapacity: 'TOTAL',
    }),
  );
  return output.Item && parseNode(output.Item, name);
}

/**
 * Writes a node anew, if nobody has written it since it was read.
 *
 * @returns the node as it now is; undefined if somebody has
 */
export async function replaceNode(
  index: PageIndex,
  node: Node,
  change: Partial<Pick<Node, 'level' | 'entries' | 'isFrozen'>>,
): Promise<Node | undefined> {
  const next = { ...node, ...change, version: newId() };
  const isWritten = await putNode(index, next, {
    ConditionExpression: 'version = :version',
    ExpressionAttributeValues: { ':version': { S: node.version } },
  });
  return isWritten ? next : undefined;
}

/**
 * Writes a node under a name that has never been used; it is part of the tree once a parent names it. As a new root, it
 * is written once: a second attempt of the network's, arriving late, must not undo what has been counted since.
 */
export async function createNode(
  index: PageIndex,
  content: Pick<Node, 'generation' | 'level' | 'entries' | 'through'>,
): Promise<Node> {
  const node = { ...content, name: newId(), version: newId(), isFrozen: false };
  await putNode(index, node, { ConditionExpression: 'attribute_not_exists(node)' });
  return node;
}

/** Puts a new root in the place of whatever is there, and so begins a new tree. */
export async function createRoot(index: PageIndex, entries: readonly Entry[]): Promise<Node> {
  const node = {
    name: ROOT,
    version: newId(),
    generation: newId(),
    level: 0,
    entries,
    through: undefined,
    isFrozen: false,
  };
  await putNode(index, node, {
    ConditionExpression: 'attribute_not_exists(generation) OR generation <> :generation',
    ExpressionAttributeValues: { ':generation': { S: node.generation } },
  });
  return node;
}

export async function deleteNode(index: PageIndex, name: string): Promise<void> {
  await index.sender.send(new DeleteItemCommand({ TableName: index.table, Key: { node: { S: name } } }));
}

const newId = (): string => randomBytes(9).toString('base64url');

async function putNode(index: PageIndex, node: Node, condition: Partial<PutItemCommandInput>): Promise<boolean> {
  try {
    await index.sender.send(new PutItemCommand({ TableName: index.table, Item: formatNode(node), ...condition }));
    return true;
  } catch (error) {
    if (error instanceof Error && error.name === 'ConditionalCheckFailedException') return false;
    throw error;
  }
}

function formatNode(node: Node): Record<string, AttributeValue> {
  const entries = node.entries.map(({ after = null, count = null, child }) =>
    child ? [after, count, child] : [after, count],
  );
  return {
    node: { S: node.name },
    format: { S: FORMAT },
    version: { S: node.version },
    generation: { S: node.generation },
    level: { N: String(node.level) },
    entries: { S: JSON.stringify(entries) },
    ...(node.through === undefined ? {} : { through: { N: node.through } }),
    ...(node.isFrozen ? { frozen: { BOOL: true } } : {}),
  };
}

function parseNode(item: Record<string, AttributeValue>, name: string): Node {
  const [format, version, generation] = [item.format?.S, item.version?.S, item.generation?.S];
  const level = Number(item.level?.N);
  const isLevel = Number.isInteger(level) && level >= 0;
  if (item.node?.S !== name || format !== FORMAT || !version || !generation || !isLevel) {
    throw new DamagedIndexError(`node ${name} is not of format ${FORMAT}`);
  }
  const entries = parseEntries(item.entries?.S, level);
  if (!entries) throw new DamagedIndexError(`node ${name} has malformed entries`);
  const through = item.through?.N;
  if (item.through && !(isKey(through) && comesAfter(through, entries.at(-1)?.after))) {
    throw new DamagedIndexError(`node ${name} has no end where it should`);
  }
  return { name, version, generation, level, entries, through, isFrozen: item.frozen !== undefined };
}

function parseEntries(json: string | undefined, level: number): Entry[] | undefined {
  const list = parseJson(json);
  if (!Array.isArray(list) || list.length === 0) return undefined;
  const entries: Entry[] = [];
  for (const [after, count, child] of list.map((item): unknown[] => (Array.isArray(item) ? item : []))) {
    const previous = entries.at(-1);
    const isAfter = isKey(after);
    const isInOrder = previous === undefined ? isAfter || after === null : isAfter && comesAfter(after, previous.after);
    const isCount = count === null || (Number.isSafeInteger(count) && (count as number) >= 0);
    const isChild = level === 0 ? child === undefined : typeof child === 'string' && child !== '';
    if (!isInOrder || !isCount || !isChild) return undefined;
    entries.push({
      after: isAfter ? after : undefined,
      count: typeof count === 'number' ? count : undefined,
      ...(typeof child === 'string' ? { child } : {}),
    });
  }
  return entries;
}

const isKey = (value: unknown): value is string => typeof value === 'string' && isDecimal(value);

const comesAfter = (key: string, previous: string | undefined): boolean =>
  previous === undefined || compareDecimals(key, previous) > 0;

function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined; // malformed, as the caller says of anything that is no list
  }
}
