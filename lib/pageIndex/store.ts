import { randomBytes } from 'node:crypto';
import {
  type AttributeValue,
  DeleteItemCommand,
  GetItemCommand,
  type GetItemCommandOutput,
  PutItemCommand,
  type PutItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import type { Partition } from '../dynamodb/partition';
import type { Sender } from '../dynamodb/session';
import { DamagedIndexError, formatNode, parseNode } from './format';
import { childOf, isChildOf, type Node, ROOT, SHAPE, type Shape } from './node';
import type { SeenNodes } from './seenNodes';

/** An index, the rows that it counts, and a sender for both. */
export type PageIndex = {
  readonly sender: Sender;
  /** The index's own table: partition key `node` (S), no other data. */
  readonly table: string;
  readonly rows: Partition;
  readonly shape: Shape;
  /** What this process has read of it; undefined: nothing is remembered. */
  readonly seen?: SeenNodes;
  /** Called for each damaged part that upkeep replaces. */
  readonly onDamage?: (damage: DamagedIndexError) => void;
};

export const pageIndexOf = (sender: Sender, table: string, rows: Partition, shape = SHAPE): PageIndex => ({
  sender,
  table,
  rows,
  shape,
});

/** Reads a node; undefined if absent. @throws DamagedIndexError if the item is not a node of this format */
export async function readNode(
  index: PageIndex,
  name: string,
  options: { consistent: boolean },
): Promise<Node | undefined> {
  const item = await readItem(index, name, options);
  return item && parseNode(item, name);
}

async function readItem(
  index: PageIndex,
  name: string,
  { consistent }: { consistent: boolean },
): Promise<GetItemCommandOutput['Item']> {
  const output: GetItemCommandOutput = await index.sender.send(
    new GetItemCommand({
      TableName: index.table,
      Key: { node: { S: name } },
      ConsistentRead: consistent,
      ReturnConsumedCapacity: 'TOTAL',
    }),
  );
  return output.Item;
}

/**
 * Reads the node that an entry names; undefined if it was replaced since its parent was read.
 *
 * @throws DamagedIndexError if it does not match its parent's entry, so that every descent ends at the right leaf
 */
export async function readChild(
  index: PageIndex,
  parent: Node,
  i: number,
  options: { consistent: boolean },
): Promise<Node | undefined> {
  return asChild(await readNode(index, childOf(parent, i), options), parent, i);
}

/** Returns the node that was read for an entry. @throws DamagedIndexError like `readChild` */
export function asChild(node: Node | undefined, parent: Node, i: number): Node | undefined {
  if (node && !isChildOf(node, parent, i)) throw new DamagedIndexError(`node ${node.name} is not what its parent says`);
  return node;
}

/**
 * Writes a changed node unless it was written since it was read.
 *
 * @returns the node as written; undefined if it was written since
 */
export async function replaceNode(
  index: PageIndex,
  node: Node,
  change: Partial<Pick<Node, 'level' | 'entries' | 'isFrozen'>>,
): Promise<Node | undefined> {
  const next = { ...node, ...change, version: newId() };
  const isWritten = await putNode(index, next, ifVersion({ S: node.version }));
  return isWritten ? next : undefined;
}

/**
 * Writes a node under a new name; it joins the tree once a parent names it. Conditional, so that a late
 * duplicate of the request does not undo later counts.
 */
export async function createNode(
  index: PageIndex,
  content: Pick<Node, 'generation' | 'level' | 'entries' | 'through'>,
): Promise<Node> {
  const node = { ...content, name: newId(), version: newId(), isFrozen: false };
  await putNode(index, node, ifAbsent('node'));
  return node;
}

/** Begins a new tree: replaces the root, whatever it is, by one uncounted block. */
export async function createRoot(index: PageIndex): Promise<Node> {
  for (;;) {
    const root = await putRoot(index, await readItem(index, ROOT, { consistent: true }));
    if (root) return root;
  }
}

/** Returns the root; begins a new tree if it is absent or damaged. */
export async function ensureRoot(index: PageIndex): Promise<Node> {
  for (;;) {
    const item = await readItem(index, ROOT, { consistent: true });
    try {
      if (item) return parseNode(item, ROOT);
    } catch (damage) {
      index.onDamage?.(damage as DamagedIndexError);
    }
    const root = await putRoot(index, item);
    if (root) return root;
  }
}

/**
 * Conditional on the root as it was read: otherwise a late first attempt, arriving after another writer's root, would
 * restore a version under which others may have begun to count.
 */
async function putRoot(index: PageIndex, former: GetItemCommandOutput['Item']): Promise<Node | undefined> {
  const entries = [{ after: undefined, count: undefined }];
  const content = { name: ROOT, level: 0, entries, through: undefined, isFrozen: false };
  const root = { ...content, version: newId(), generation: newId() };
  const isWritten = await putNode(index, root, former?.version ? ifVersion(former.version) : ifAbsent('version'));
  return isWritten ? root : undefined;
}

export async function deleteNode(index: PageIndex, name: string): Promise<void> {
  await index.sender.send(new DeleteItemCommand({ TableName: index.table, Key: { node: { S: name } } }));
}

const newId = (): string => randomBytes(9).toString('base64url');

type Condition = Pick<PutItemCommandInput, 'ConditionExpression' | 'ExpressionAttributeValues'>;

const ifVersion = (version: AttributeValue): Condition => ({
  ConditionExpression: 'version = :version',
  ExpressionAttributeValues: { ':version': version },
});

const ifAbsent = (attribute: 'node' | 'version'): Condition => ({
  ConditionExpression: `attribute_not_exists(${attribute})`,
});

async function putNode(index: PageIndex, node: Node, condition: Condition): Promise<boolean> {
  try {
    await index.sender.send(new PutItemCommand({ TableName: index.table, Item: formatNode(node), ...condition }));
    return true;
  } catch (error) {
    if (error instanceof Error && error.name === 'ConditionalCheckFailedException') return false;
    throw error;
  }
}
