import { DamagedIndexError } from '../format';
import { cutEvenly, type Entry, type Node, ROOT, type Shape, totalOf } from '../node';
import { createNode, deleteNode, type PageIndex, replaceNode } from '../store';
import { inspectChild, replaceDamaged } from './repair';

/** Returns whether a child must be replaced: it is frozen, or has too many entries, or too few. */
export function needsReplacing({ shape }: PageIndex, parent: Node, child: Node): boolean {
  const isLonely = parent.entries.length === 1;
  const { min, max } = sizesOf(shape, child.level);
  const size = child.entries.length;
  return child.isFrozen || size > max || (size < min && !isLonely);
}

/** Returns how many entries a node of this level may have, and a new one gets. */
const sizesOf = (shape: Shape, level: number): { min: number; aim: number; max: number } =>
  level === 0
    ? { min: shape.minEntries, aim: shape.entries, max: shape.maxEntries }
    : { min: shape.minChildren, aim: shape.children, max: shape.maxChildren };

/**
 * Replaces a child by new nodes, together with a neighbour if the child is too small.
 *
 * Freezes the old nodes first, so that no count is written into them any more; then creates new nodes of their entries;
 * then names these in the parent, if the parent has not been written since it was read. A process that finds a frozen
 * node does the same, and so completes what a crashed one has begun. Has no effect if anything has changed meanwhile.
 *
 * New nodes that the parent does not name in the end are left to the next rebuild's sweep: a write that DynamoDB refuses
 * may be the second attempt of one that succeeded, so the tree may contain them.
 */
export async function replaceChild(index: PageIndex, parent: Node, i: number, child: Node): Promise<void> {
  const isSmall = child.entries.length < sizesOf(index.shape, child.level).min && parent.entries.length > 1;
  const first = isSmall && i === parent.entries.length - 1 ? i - 1 : i;
  const frozen: Node[] = [];
  for (const n of isSmall ? [first, first + 1] : [first]) {
    const node = n === i ? child : await inspectChild(index, parent, n);
    if (!node) return;
    if (node instanceof DamagedIndexError) {
      const entry = await replaceDamaged(index, parent, n, node);
      await writeWithin(index, parent, parent.entries.with(n, entry));
      return;
    }
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
 * Writes a node if it has not been written since it was read; adds a level to a root that has too many entries.
 * Writes it even if nothing has changed: another process may have counted before a change that has since been undone,
 * and its write must fail.
 *
 * @returns the node as written; undefined if it was written since
 */
export async function writeWithin(index: PageIndex, node: Node, entries: readonly Entry[]): Promise<Node | undefined> {
  const { max } = sizesOf(index.shape, node.level);
  if (node.name !== ROOT || entries.length <= max) return replaceNode(index, node, { entries });
  const pieces = await createPieces(index, { ...node, entries });
  return replaceNode(index, node, { entries: pieces, level: node.level + 1 });
}

/** Creates nodes with the entries of one that is too large. Returns the entries that name them. */
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
