import { DamagedIndexError } from '../format';
import { type Entry, entryBehind, type Node, ROOT, throughOf } from '../node';
import { type PageIndex, readChild, readNode } from '../store';

/** Stands for the last key of a block that has no end: behind all that DynamoDB can hold (less than 1e126). */
export const BEHIND_ALL = '1e126';

/** A key of a leaf's block, at its very end. */
export const lastKey = (leaf: Node, i: number): string => throughOf(leaf, i) ?? BEHIND_ALL;

export const lastKeys = (leaf: Node): string[] => leaf.entries.map((_, i) => lastKey(leaf, i));

/** The leaf in which the rows behind a key begin (undefined: the first rows); undefined if there is no index. */
export const leafBehind = async (index: PageIndex, key: string | undefined): Promise<Node | undefined> =>
  (await descend(index, ({ entries }) => entryBehind(entries, key)))?.leaf;

/**
 * The leaf with the first block that was never counted, and how many rows are counted before that block; undefined if
 * all are counted, or there is no index. A leaf may also be the one that its parent has not yet been told of.
 */
export const firstUncounted = (index: PageIndex): Promise<Descent | undefined> =>
  descend(index, ({ entries, name }) => {
    const first = entries.findIndex(({ count }) => count === undefined);
    return name === ROOT ? first : Math.max(0, first);
  });

type Descent = { readonly leaf: Node; readonly rank: number };

/** Follows entries, chosen by their position, from the root to a leaf; undefined if there is no root, or no such entry. */
async function descend(index: PageIndex, choose: (node: Node) => number): Promise<Descent | undefined> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    let node = await readNode(index, ROOT, { consistent: true });
    if (!node) return undefined;
    let rank = 0;
    while (node) {
      const i = choose(node);
      const entry: Entry | undefined = node.entries[i];
      if (!entry) return undefined;
      for (const { count = 0 } of node.entries.slice(0, i)) rank += count;
      if (node.level === 0) return { leaf: node, rank };
      node = await readChild(index, node, i, { consistent: true });
    }
  }
  throw new DamagedIndexError('a node names a child that does not exist');
}

const ATTEMPTS = 5; // a child may have been replaced after its parent was read, but hardly so often

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
