import { groupByEntry, type Node, ROOT, totalOf } from '../node';
import { type PageIndex, readChild, readNode } from '../store';
import type { Counted } from './count';
import { assertReplaced, isOfFormerTree, needsReplacing, replaceChild, writeWithin } from './restructure';

/** What is to be counted anew in a leaf, for keys that belong to it. */
export type CountLeaf = (leaf: Node, keys: readonly string[]) => Promise<Counted>;

/**
 * Brings the blocks of these keys up to date, and every sum above them.
 *
 * Safe to run any number of times, at once with itself, and to be cut off anywhere: each node is read (its version
 * first), what it sums up is counted or read only then, and it is written only if the version is still the same; if
 * not, all begins again from the read. Nothing is ever added to a count, so nothing can be added twice.
 *
 * @returns the keys that could not be brought up to date, with the reason
 */
export async function settle(
  index: PageIndex,
  keys: readonly string[],
  count: CountLeaf,
): Promise<Map<string, unknown>> {
  const failed = new Map<string, unknown>();
  try {
    const readRoot = () => readNode(index, ROOT, { consistent: true });
    await settleNode({ index, count, failed }, readRoot, keys); // no root: there is no index to keep
  } catch (error) {
    for (const key of keys) failed.set(key, error);
  }
  return failed;
}

type Context = { readonly index: PageIndex; readonly count: CountLeaf; readonly failed: Map<string, unknown> };

/**
 * The node as it was left, with all of the keys counted below it, unless it is frozen: then its parent must replace it.
 * Undefined: it is no more, or is what a rebuild that was cut off has left of a former tree.
 */
async function settleNode(
  context: Context,
  read: () => Promise<Node | undefined>,
  keys: readonly string[],
): Promise<Node | undefined> {
  const settled = new Set<string>(); // children below which all is counted: only their sums are still needed
  for (;;) {
    const node = await read();
    if (!node || node.isFrozen) return node;
    const written =
      node.level === 0 ? await settleLeaf(context, node, keys) : await settleInner(context, node, keys, settled);
    if (written) return written;
    if (node.name !== ROOT && (await isOfFormerTree(context.index, node))) return undefined;
  }
}

async function settleLeaf(
  { index, count, failed }: Context,
  leaf: Node,
  keys: readonly string[],
): Promise<Node | undefined> {
  const counted = await count(leaf, keys);
  const written = await writeWithin(index, leaf, counted.entries);
  if (written) for (const [key, error] of counted.failed) failed.set(key, error);
  return written;
}

/** Undefined: something has changed since the node was read, or was changed here; begin again from the read. */
async function settleInner(
  context: Context,
  node: Node,
  keys: readonly string[],
  settled: Set<string>,
): Promise<Node | undefined> {
  const { index } = context;
  const groups = [...groupByEntry(node.entries, keys)];
  const children = await Promise.all(groups.map(([i, own]) => settleChild(context, node, i, own, settled)));
  const entries = [...node.entries];
  let toReplace: { i: number; child: Node } | undefined;
  for (const [n, [i]] of groups.entries()) {
    const [entry, child] = [node.entries[i], children[n]];
    if (child === 'failed' || !entry) continue;
    if (!child) return undefined; // replaced since its parent was read
    entries[i] = { ...entry, count: totalOf(child.entries) };
    if (needsReplacing(index, node, child)) toReplace = { i, child };
  }
  if (!toReplace) return writeWithin(index, node, entries);
  await replaceChild(index, { ...node, entries }, toReplace.i, toReplace.child);
  return undefined; // to settle what is new, and to replace what else needs it
}

async function settleChild(
  context: Context,
  parent: Node,
  i: number,
  keys: readonly string[],
  settled: Set<string>,
): Promise<Node | undefined | 'failed'> {
  const name = parent.entries[i]?.child ?? '';
  const read = () => readChild(context.index, parent, i, { consistent: true });
  try {
    const child = settled.has(name) ? await read() : await settleNode(context, read, keys);
    if (!child) await assertReplaced(context.index, parent);
    else if (!child.isFrozen) settled.add(name);
    return child;
  } catch (error) {
    settled.add(name);
    for (const key of keys) context.failed.set(key, error);
    return 'failed';
  }
}
