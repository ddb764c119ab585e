import { DamagedIndexError } from './format';
import { childOf, type Node, narrow, type Place, ROOT, START, totalOf } from './node';
import type { Guess } from './seenNodes';
import { asChild, type PageIndex, readNode } from './store';

/** The nearest known place at or before an offset. */
export type Found = {
  readonly place: Place;
  /** The number of rows by the index. */
  readonly total: number;
  /** Whether the place is the guessed one. */
  readonly isAsGuessed: boolean;
  /** The reason why the place is less near than possible: a node below the root could not be read. */
  readonly failure?: unknown;
};

/**
 * Finds the place of the row at `offset`, or the last block beyond the end. Makes one eventually consistent read a level:
 * one after the other, or those that a guess names side by side.
 *
 * Each level only brings the place nearer. A node that is unreadable, or was replaced since its parent was read, makes
 * the remaining distance longer, but the place stays correct.
 *
 * @throws if the root is absent, unreadable, damaged or incomplete
 */
export async function findPlace(index: PageIndex, offset: number, guess?: Guess): Promise<Found> {
  const early = new Map(guess?.names.map((name) => [name, startReading(index, name)]));
  const { root, total } = await readRoot(index);
  let place = START;
  let node = root;
  try {
    for (;;) {
      const step = narrow(node, place, offset);
      place = step.place;
      // Stryker disable next-line OptionalChaining: the entry exists, which the compiler does not know
      const isCounted = node.entries[step.i]?.count !== undefined;
      if (!isCounted) throw new DamagedIndexError('a node below a complete root is not counted');
      if (node.level === 0) return { place, total, isAsGuessed: isSame(guess, root, place) };
      const name = childOf(node, step.i);
      const child = asChild(await (early.get(name) ?? startReading(index, name)), node, step.i);
      if (!child) throw new DamagedIndexError('a node has been replaced since its parent was read');
      index.seen?.add(child);
      node = child;
    }
  } catch (failure) {
    return { place, total, isAsGuessed: false, failure };
  }
}

function startReading(index: PageIndex, name: string): Promise<Node | undefined> {
  const reading = readNode(index, name, { consistent: false });
  reading.catch(() => {}); // matters only if the way to the place leads through it
  return reading;
}

const isSame = (guess: Guess | undefined, { generation }: Node, { after, rank }: Place): boolean =>
  guess?.place?.rank === rank && guess.place.after === after && guess.generation === generation;

/** Returns the number of rows by the index. @throws like `findPlace` */
export const readTotal = async (index: PageIndex): Promise<number> => (await readRoot(index)).total;

/** Returns the root. @throws like `findPlace` */
export async function readRoot(index: PageIndex): Promise<{ root: Node; total: number }> {
  const root = await readNode(index, ROOT, { consistent: false });
  if (!root) throw new DamagedIndexError('there is no index');
  index.seen?.add(root);
  const total = totalOf(root.entries);
  if (total === undefined) throw new DamagedIndexError('the index is not complete');
  return { root, total };
}
