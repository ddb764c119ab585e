import { DamagedIndexError } from './format';
import { locate, type Node, ROOT, totalOf } from './node';
import { type PageIndex, readChild, readNode } from './store';

/** A position between rows: after the key `after` (undefined: before the first row), with `rank` rows before it. */
export type Place = { readonly after: string | undefined; readonly rank: number };

export const START: Place = { after: undefined, rank: 0 };

/** The nearest known place at or before an offset. */
export type Found = {
  readonly place: Place;
  /** The number of rows by the index. */
  readonly total: number;
  /** The reason why the place is less near than possible: a node below the root could not be read. */
  readonly failure?: unknown;
};

/**
 * Finds the place of the row at `offset`, or the last block beyond the end. Makes one eventually consistent read a level.
 *
 * Each level only brings the place nearer. A node that is unreadable, or was replaced since its parent was read, makes
 * the remaining distance longer, but the place stays correct.
 *
 * @throws if the root is absent, unreadable, damaged or incomplete
 */
export async function findPlace(index: PageIndex, offset: number): Promise<Found> {
  const { root, total } = await readRoot(index);
  let place = START;
  let node = root;
  try {
    for (;;) {
      const { i, rank } = locate(node.entries, offset - place.rank);
      const entry = node.entries[i];
      // Stryker disable next-line OptionalChaining: the entry exists, which the compiler does not know
      place = { after: entry?.after, rank: place.rank + rank };
      // Stryker disable next-line OptionalChaining: as above
      if (entry?.count === undefined) throw new DamagedIndexError('a node below a complete root is not counted');
      if (node.level === 0) return { place, total };
      const child = await readChild(index, node, i, { consistent: false });
      if (!child) throw new DamagedIndexError('a node has been replaced since its parent was read');
      node = child;
    }
  } catch (failure) {
    return { place, total, failure };
  }
}

/** Returns the number of rows by the index. @throws like `findPlace` */
export const readTotal = async (index: PageIndex): Promise<number> => (await readRoot(index)).total;

/** Returns the root. @throws like `findPlace` */
export async function readRoot(index: PageIndex): Promise<{ root: Node; total: number }> {
  const root = await readNode(index, ROOT, { consistent: false });
  if (!root) throw new DamagedIndexError('there is no index');
  const total = totalOf(root.entries);
  if (total === undefined) throw new DamagedIndexError('the index is not complete');
  return { root, total };
}
