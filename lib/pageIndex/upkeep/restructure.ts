import { DamagedIndexError } from '../format';
import { cutEvenly, type Entry, type Node, ROOT, type Shape, totalOf } from '../node';
import { createNode, deleteNode, type PageIndex, readChild, readNode, replaceNode } from '../store';

/** Whether a child must give its place to others: it was left frozen, or has too many entries, or too few. */
export function needsReplacing({ shape }: PageIndex, parent: Node, child: Node): boolean {
  const isLonely = parent.entries.length === 1;
  const { min, max } = sizesOf(shape, child.level);
  const size = child.entries.length;
  return child.isFrozen || size > max || (size < min && !isLonely);
}

/** How many entries a node of this level may have, and a new one has. */
const sizesOf = (shape: Shape, level: number): { min: number; aim: number; max: number } =>
  level === 0
    ? { min: shape.minEntries, aim: shape.entries, max: shape.maxEntries }
    : { min: shape.minChildren, aim: shape.children, max: shape.maxChildren };

/** Whether a rebuild has put another tree in the place of a node's: then nodes that this one names may be missing for ever. */
export async function isOfFormerTree(index: PageIndex, { generation }: Node): Promise<boolean> {
  const root = await readNode(index, ROOT, { consistent: true });
  return root?.generation !== generation;
}

/** A child that its parent names is not there. @throws DamagedIndexError unless the parent has been written since */
export async function assertReplaced(index: PageIndex, parent: Node): Promise<void> {
  const now = await readNode(index, parent.name, { consistent: true });
  if (now?.version !== parent.version || (await isOfFormerTree(index, parent))) return;
  throw new DamagedIndexError(`node ${parent.name} names a child that does not exist`);
}

/**
 * Puts new nodes in the place of a child, and of a neighbour where the child is too small to live alone.
 *
 * First the old ones are frozen, so that nothing is counted into them any more; then new ones are made of their entries;
 * then the parent names these instead, if it is still as it was read. Whoever finds a frozen node does the same, so that
 * a process that was cut off halfway is helped by the next. Does nothing if anything has changed meanwhile.
 *
 * New nodes that came to nothing are left for the next rebuild to sweep away: a write that DynamoDB refuses may be the
 * second attempt at one that it has carried out, and so they may be part of the tree.
 */
export async function replaceChild(index: PageIndex, parent: Node, i: number, child: Node): Promise<void> {
  const isSmall = child.entries.length < sizesOf(index.shape, child.level).min && parent.entries.length > 1;
  const first = isSmall && i === parent.entries.length - 1 ? i - 1 : i;
  const frozen: Node[] = [];
  for (const n of isSmall ? [first, first + 1] : [first]) {
    const node = n === i ? child : await readChild(index, parent, n, { consistent: true });
    if (!node) return assertReplaced(index, parent);
    const isFrozen = node.isFrozen ? node : await replaceNode(index, node, { isFrozen: true });
    if (!isFrozen) return;
    frozen.push(isFrozen);
  }
  const old = frozen.flatMap(({ entries }) => entries);
  const pieces = await createPieces(index, { ...child, entries: old, through: frozen.at(-1)?.through });
  const entries = [...parent.entries];
  entries.splice(first, frozen.length, ...pieces);
  const isWritten = await writeWithin(index, parent, entries);
  if (isWritten) await Promise.all(frozen.map(({ name }) => deleteNode(index, name)));
}

/**
 * Writes a node if it has not been written since it was read; a root that has too many entries gets a level more.
 * Written even if nothing has changed: somebody else may have counted before a change that has since been undone, and
 * must not be able to write that.
 *
 * @returns the node as it now is; undefined if it was written by somebody else
 */
export async function writeWithin(index: PageIndex, node: Node, entries: readonly Entry[]): Promise<Node | undefined> {
  const { max } = sizesOf(index.shape, node.level);
  if (node.name !== ROOT || entries.length <= max) return replaceNode(index, node, { entries });
  const pieces = await createPieces(index, { ...node, entries });
  return replaceNode(index, node, { entries: pieces, level: node.level + 1 });
}

/** New nodes with the entries of one that is too large, and the entries that name them. */
async function createPieces(index: PageIndex, { generation, level, entries, through }: Node): Promise<Entry[]> {
  const runs = cutEvenly(entries, sizesOf(index.shape, level).aim);
  return Promise.all(
    runs.map(async (run, i) => {
      const end = i + 1 < runs.length ? runs[i + 1]?.[0]?.after : through;
      const { name } = await createNode(index, { generation, level, entries: run, through: end });
      return { after: run[0]?.after, count: totalOf(run), child: name };
    }),
  );
}
