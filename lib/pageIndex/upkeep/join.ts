import type { Entry, Shape } from '../node';

/** An entry of a leaf, with the read units that counting it consumed, if it was counted just now. */
export type Measured = Entry & { readonly units?: number | undefined };

/**
 * Joins blocks that are too small with a neighbour. A block's cost is not stored, so only blocks that were counted
 * together can join; an empty one costs nothing, and joins any.
 *
 * The joined block costs at most the sum of both, so joining never causes a cut: recounting unchanged blocks can only
 * join more of them, and ends when no two can join.
 */
export function joinSmall(blocks: readonly Measured[], shape: Shape): Entry[] {
  const joined: Measured[] = [];
  for (const block of blocks) {
    const previous = joined.at(-1);
    const both = previous && join(previous, block, shape);
    if (both) joined.splice(-1, 1, both);
    else joined.push(block);
  }
  return joined.map(({ after, count }) => ({ after, count }));
}

/** Returns the block that two neighbours become; undefined if they stay as they are. */
function join(a: Measured, b: Measured, shape: Shape): Measured | undefined {
  if (a.count === undefined || b.count === undefined || a.count + b.count > shape.maxRows) return undefined;
  const both = { after: a.after, count: a.count + b.count };
  if (a.count === 0) return { ...both, units: b.units };
  if (b.count === 0) return { ...both, units: a.units };
  if (a.units === undefined || b.units === undefined || a.units + b.units > shape.maxUnits) return undefined;
  const isSmall = (count: number, units: number) => count < shape.minRows && units < shape.minUnits;
  if (!isSmall(a.count, a.units) && !isSmall(b.count, b.units)) return undefined;
  return { ...both, units: a.units + b.units };
}
