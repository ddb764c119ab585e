import { UnavailableError } from '../../errors';
import { DamagedIndexError } from '../format';
import { type Entry, entryAfter, type Node, ROOT, throughOf } from '../node';
import type { PageIndex } from '../store';
import { inspectChild, inspectRoot } from './repair';

/** Stands for the last key of a block that has no end: greater than all that DynamoDB can hold (less than 1e126). */
export const AFTER_ALL = '1e126';

/** Returns the last key of an entry's range. */
export const lastKey = (node: Node, i: number): string => throughOf(node, i) ?? AFTER_ALL;

export const lastKeys = (leaf: Node): string[] => leaf.entries.map((_, i) => lastKey(leaf, i));

/** Handles damage on the way to a key; the walk then starts over. */
type OnDamage = (key: string, damage: DamagedIndexError) => Promise<void>;

const refuse: OnDamage = async (_key, damage) => {
  throw damage;
};

/** Returns the leaf in which the rows after a key (undefined: the first rows) begin; undefined if there is no index. */
export const leafAfter = async (
  index: PageIndex,
  key: string | undefined,
  onDamage = refuse,
): Promise<Node | undefined> => (await descend(index, ({ entries }) => entryAfter(entries, key), onDamage))?.leaf;

/**
 * Returns the leaf with the first uncounted block, and how many rows are counted before that block; undefined if all are
 * counted, or there is no index. The leaf's own blocks may all be counted if its parent is not up to date.
 */
export const firstUncounted = (index: PageIndex, onDamage = refuse): Promise<Descent | undefined> =>
  descend(
    index,
    ({ entries, name }) => {
      const first = entries.findIndex(({ count }) => count === undefined);
      return name === ROOT ? first : Math.max(0, first);
    },
    onDamage,
  );

type Descent = { readonly leaf: Node; readonly rank: number };

/** Follows entries, chosen by position, from the root to a leaf. Returns undefined if there is no root, or no such entry. */
async function descend(
  index: PageIndex,
  choose: (node: Node) => number,
  onDamage: OnDamage,
): Promise<Descent | undefined> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    let node = await inspectRoot(index);
    if (!node) return undefined;
    let key = AFTER_ALL;
    let rank = 0;
    while (node) {
      if (node instanceof DamagedIndexError) {
        await onDamage(key, node);
        break;
      }
      const i = choose(node);
      const entry: Entry | undefined = node.entries[i];
      if (!entry) return undefined;
      for (const { count = 0 } of node.entries.slice(0, i)) rank += count;
      if (node.level === 0) return { leaf: node, rank };
      key = lastKey(node, i);
      node = await inspectChild(index, node, i);
    }
  }
  throw new UnavailableError('nodes change faster than they can be read');
}

const ATTEMPTS = 5; // a child may be replaced after its parent was read, but rarely so often

/** Yields all leaves in the order of their keys; what changes meanwhile is yielded either as before or as after. */
export async function* walkLeaves(index: PageIndex): AsyncGenerator<Node, void> {
  let key: string | undefined;
  do {
    const leaf = await leafAfter(index, key);
    if (!leaf) return;
    yield leaf;
    key = leaf.through;
  } while (key !== undefined);
}
