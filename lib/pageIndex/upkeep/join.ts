import type { Entry, Shape } from '../node';

/** An entry of a leaf; `units`: what it cost to count, if it was counted just now. */
export type Measured = Entry & { readonly units?: number | undefined };

/**
 * Joins blocks that have become too small with a neighbour. What a block costs is stored nowhere, so only blocks that
 * were counted together may join; an empty one costs nothing, and joins any.
 *
 * The block that they become costs at most what both cost, so it is never cut for being joined: what is counted again
 * and nothing has changed in is joined further at most, until no two may join.
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

/** The block that two neighbours become; undefined: they stay as they are. */
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
