import { DamagedIndexError } from '../format';
import { groupByEntry, type Node, ROOT, totalOf } from '../node';
import { ensureRoot, type PageIndex } from '../store';
import type { Counted } from './count';
import { inspectChild, inspectRoot, isOfFormerTree, replaceDamaged } from './repair';
import { needsReplacing, replaceChild, writeWithin } from './restructure';

/** Counts the blocks of a leaf to which these keys belong. */
export type CountLeaf = (leaf: Node, keys: readonly string[]) => Promise<Counted>;

/**
 * Brings the blocks of these keys up to date, and every sum above them.
 *
 * Safe to run repeatedly, concurrently, and with crashes anywhere: it reads each node (with its version) before it
 * counts or reads what the node sums up, and writes the node only if the version is still the same; otherwise it starts
 * over from the read. It never adds to a count, so nothing can be added twice.
 *
 * Replaces damaged nodes on the way by uncounted ones. Keys below them are up to date with that: the audit counts those
 * rows after the call.
 *
 * @returns the keys that could not be brought up to date, with the reason
 */
export async function settle(
  index: PageIndex,
  keys: readonly string[],
  count: CountLeaf,
): Promise<Map<string, unknown>> {
  const failed = new Map<string, unknown>();
  const readRoot = async () => {
    const root = await inspectRoot(index); // undefined: there is no index to maintain
    return root instanceof DamagedIndexError ? ensureRoot(index) : root;
  };
  try {
    await settleNode({ index, count, failed }, readRoot, keys);
  } catch (error) {
    for (const key of keys) failed.set(key, error);
  }
  return failed;
}

type Context = { readonly index: PageIndex; readonly count: CountLeaf; readonly failed: Map<string, unknown> };

type Inspected = Node | DamagedIndexError | undefined;

/**
 * Returns the node as written, with all of the keys counted below it. Otherwise there is nothing to count into: the node
 * is frozen or damaged, so its parent must replace it, or undefined: it was replaced, or belongs to a former tree.
 */
async function settleNode(
  context: Context,
  read: () => Promise<Inspected>,
  keys: readonly string[],
): Promise<Inspected> {
  const settled = new Set<string>(); // children below which all is counted: only their sums are still needed
  for (;;) {
    const node = await read();
    if (!node || node instanceof DamagedIndexError || node.isFrozen) return node;
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

/** Returns undefined if something has changed since the node was read, or was changed here: start over from the read. */
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
    if (child instanceof DamagedIndexError) {
      entries[i] = await replaceDamaged(index, node, i, child);
      continue;
    }
    entries[i] = { ...entry, count: totalOf(child.entries) };
    if (needsReplacing(index, node, child)) toReplace = { i, child };
  }
  if (!toReplace) return writeWithin(index, node, entries);
  await replaceChild(index, { ...node, entries }, toReplace.i, toReplace.child);
  return undefined; // to settle the new nodes, and to replace others that need it
}

async function settleChild(
  context: Context,
  parent: Node,
  i: number,
  keys: readonly string[],
  settled: Set<string>,
): Promise<Inspected | 'failed'> {
  const name = parent.entries[i]?.child ?? '';
  const read = () => inspectChild(context.index, parent, i);
  try {
    const child = settled.has(name) ? await read() : await settleNode(context, read, keys);
    if (child && !(child instanceof DamagedIndexError) && !child.isFrozen) settled.add(name);
    return child;
  } catch (error) {
    settled.add(name);
    for (const key of keys) context.failed.set(key, error);
    return 'failed';
  }
}
