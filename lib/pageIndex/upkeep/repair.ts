/** Recognises damaged nodes, and replaces them by uncounted ones, which the audit counts. */
import { DamagedIndexError } from '../format';
import { type Entry, type Node, ROOT, throughOf } from '../node';
import { createNode, type PageIndex, readChild, readNode } from '../store';

/** Reads the root, strongly consistent. Returns undefined if it is absent, the error if it is damaged. */
export const inspectRoot = (index: PageIndex): Promise<Node | undefined | DamagedIndexError> =>
  orDamage(readNode(index, ROOT, { consistent: true }));

/**
 * Reads the node that an entry names, strongly consistent. Returns undefined if it was replaced since its parent was
 * read, the error if it is damaged: absent, malformed, or not matching its parent's entry.
 */
export async function inspectChild(
  index: PageIndex,
  parent: Node,
  i: number,
): Promise<Node | undefined | DamagedIndexError> {
  const child = await orDamage(readChild(index, parent, i, { consistent: true }));
  if (child) return child;
  const now: Partial<Node> | undefined = await orDamage(readNode(index, parent.name, { consistent: true }));
  const isReplaced = now?.version !== parent.version || (await isOfFormerTree(index, parent));
  return isReplaced ? undefined : new DamagedIndexError(`node ${parent.name} names an absent child`);
}

/** Returns whether another tree has replaced a node's: the nodes that it names may stay absent. */
export async function isOfFormerTree(index: PageIndex, { generation }: Pick<Node, 'generation'>): Promise<boolean> {
  const root: Partial<Node> | undefined = await inspectRoot(index);
  return root?.generation !== generation;
}

async function orDamage<Result>(reading: Promise<Result>): Promise<Result | DamagedIndexError> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof DamagedIndexError) return error;
    throw error;
  }
}

/**
 * Creates a replacement of a damaged child, with one uncounted block, and returns its entry. Once the parent names it,
 * the index is incomplete until the audit has counted the block; changes in its range need no counting before.
 *
 * The damaged item is not deleted: it may be a sound node of another place.
 */
export function replaceDamaged(index: PageIndex, parent: Node, i: number, damage: DamagedIndexError): Promise<Entry> {
  index.onDamage?.(damage);
  const { generation, level } = parent;
  return createUncounted(
    index,
    { generation, level: level - 1, through: throughOf(parent, i) },
    parent.entries[i]?.after,
  );
}

/** Creates one node for each level, down to the leaf. */
async function createUncounted(
  index: PageIndex,
  part: Pick<Node, 'generation' | 'level' | 'through'>,
  after: string | undefined,
): Promise<Entry> {
  const block = { after, count: undefined };
  const entry = part.level === 0 ? block : await createUncounted(index, { ...part, level: part.level - 1 }, after);
  const { name } = await createNode(index, { ...part, entries: [entry] });
  return { ...block, child: name };
}
