import { type Entry, entryBehind, type Node, ROOT, throughOf } from './node';
import { DamagedIndexError, type PageIndex, readNode } from './store';

/** Stands for the last key of a block that has no end: behind all that DynamoDB can hold (less than 1e126). */
export const BEHIND_ALL = '1e126';

/** A key of each of a leaf's blocks, at its very end. */
export const lastKeys = (leaf: Node): string[] => leaf.entries.map((_, i) => throughOf(leaf, i) ?? BEHIND_ALL);

/** The leaf in which the rows behind a key begin (undefined: the first rows); undefined if there is no index. */
export const leafBehind = (index: PageIndex, key: string | undefined): Promise<Node | undefined> =>
  descend(index, ({ entries }) => entries[entryBehind(entries, key)]);

/** The first leaf with a block that was never counted. */
export const leafWithUncounted = (index: PageIndex): Promise<Node | undefined> =>
  descend(index, ({ entries }) => entries.find(({ count }) => count === undefined));

/** Follows children from the root to a leaf; undefined if there is no root, or no way to go on. */
async function descend(index: PageIndex, choose: (node: Node) => Entry | undefined): Promise<Node | undefined> {
  for (let attempt = 1; ; attempt += 1) {
    let node = await readNode(index, ROOT, { consistent: true });
    while (node) {
      const entry = choose(node);
      if (!entry || node.level === 0) return entry && node;
      node = entry.child === undefined ? undefined : await readNode(index, entry.child, { consistent: true });
      if (!node && attempt === ATTEMPTS) throw new DamagedIndexError('a node names a child that does not exist');
    }
    if (attempt === ATTEMPTS) return undefined;
  }
}

const ATTEMPTS = 5; // a child is gone when it was replaced after its parent was read, which is rare

/** All leaves in the order of their keys; what changes meanwhile may be met as it was or as it is. */
export async function* walkLeaves(index: PageIndex): AsyncGenerator<Node, void> {
  let key: string | undefined;
  do {
    const leaf = await leafBehind(index, key);
    if (!leaf) return;
    yield leaf;
    key = leaf.through;
  } while (key !== undefined);
}
