import { DamagedIndexError } from './format';
import { locate, type Node, ROOT, totalOf } from './node';
import { type PageIndex, readChild, readNode } from './store';

/** A key and how many rows stand before what follows it; `after` undefined: the first row. */
export type Place = { readonly after: string | undefined; readonly rank: number };

export const START: Place = { after: undefined, rank: 0 };

/** The nearest known place at or before an offset. */
export type Found = {
  readonly place: Place;
  /** How many rows the index counts in all. */
  readonly total: number;
  /** Why the place is not as near as it could be: a node below the root could not be read. */
  readonly failure?: unknown;
};

/**
 * Finds where the row at `offset` is: one eventually consistent read a level. Beyond the end, it is the last block.
 *
 * Each level only brings the place nearer. So what cannot be read, or has been replaced since its parent was read,
 * makes the way from the place longer, but never leads astray.
 *
 * @throws if the root cannot be used: absent, unreadable, damaged, or not complete
 */
export async function findPlace(index: PageIndex, offset: number): Promise<Found> {
  const { root, total } = await readRoot(index);
  let place = START;
  let node = root;
  try {
    for (;;) {
      const { i, rank } = locate(node.entries, offset - place.rank);
      // Stryker disable next-line OptionalChaining: an entry whose position was found is there, which the compiler does not know
      place = { after: node.entries[i]?.after, rank: place.rank + rank };
      if (node.level === 0) return { place, total };
      const child = await readChild(index, node, i, { consistent: false });
      if (!child) throw new DamagedIndexError('a node has been replaced since its parent was read');
      node = child;
    }
  } catch (failure) {
    return { place, total, failure };
  }
}

/** How many rows the index counts in all. @throws as `findPlace` does */
export const readTotal = async (index: PageIndex): Promise<number> => (await readRoot(index)).total;

/** The root, if it can be used. */
export async function readRoot(index: PageIndex): Promise<{ root: Node; total: number }> {
  const root = await readNode(index, ROOT, { consistent: false });
  if (!root) throw new DamagedIndexError('there is no index');
  const total = totalOf(root.entries);
  if (total === undefined) throw new DamagedIndexError('the index is not complete');
  return { root, total };
}
