import { countRows, type Range } from '../../dynamodb/partition';
import { type Entry, groupByEntry, type Node, type Shape, throughOf } from '../node';
import type { PageIndex } from '../store';

/** What counting into a leaf came to. */
export type Counted = {
  readonly entries: readonly Entry[];
  /** Keys whose block could not be counted, with the reason. */
  readonly failed: ReadonlyMap<string, unknown>;
};

/**
 * The entries of a leaf, with the blocks of these keys counted anew: cut where they have grown too large, joined where
 * they have become too small. Blocks that were never counted stay so.
 *
 * The leaf must have been read before: what is counted here may be written only if its version is still the same.
 */
export async function recountBlocks(index: PageIndex, leaf: Node, keys: readonly string[]): Promise<Counted> {
  const touched = groupByEntry(leaf.entries, keys);
  const failed = new Map<string, unknown>();
  const blocks = await Promise.all(
    leaf.entries.map(async (entry, i): Promise<readonly Entry[]> => {
      const own = touched.get(i);
      if (!own || entry.count === undefined) return [entry];
      try {
        const maxCuts = Math.ceil(MAX_CUTS / touched.size);
        return await countBlock(index, { after: entry.after, through: throughOf(leaf, i) }, maxCuts);
      } catch (error) {
        for (const key of own) failed.set(key, error);
        return [entry];
      }
    }),
  );
  return { entries: joinSmall(blocks.flat(), index.shape), failed };
}

/** The entries of a leaf, with its first uncounted block counted, or as much of it as `maxBlocks` blocks hold. */
export async function countFirstUncounted(index: PageIndex, leaf: Node, maxBlocks: number): Promise<readonly Entry[]> {
  const i = leaf.entries.findIndex(({ count }) => count === undefined);
  if (i < 0) return leaf.entries; // somebody else was faster
  // Stryker disable next-line OptionalChaining: an entry whose position was found is there, which the compiler does not know
  const range = { after: leaf.entries[i]?.after, through: throughOf(leaf, i) };
  const { blocks, rest } = await cutBlocks(index, range, maxBlocks);
  const uncounted: Entry[] = rest ? [{ after: rest.after, count: undefined }] : [];
  return joinSmall([...leaf.entries.slice(0, i), ...blocks, ...uncounted, ...leaf.entries.slice(i + 1)], index.shape);
}

/** One count says whether a block may stay whole, as it nearly always may. */
async function countBlock(index: PageIndex, range: Range, maxCuts: number): Promise<readonly Entry[]> {
  const { sender, rows, shape } = index;
  const { count } = await countRows(sender, rows, range, { limit: shape.maxRows + 1, consistent: true });
  if (count <= shape.maxRows) return [{ after: range.after, count }];
  const all: Entry[] = [];
  let rest: Range | undefined = range;
  for (let [size, cuts] = [shape.rows, maxCuts]; rest; [size, cuts] = [size * 2, 1]) {
    const cut = await cutBlocks(index, rest, cuts, size);
    all.push(...cut.blocks);
    rest = cut.rest;
  }
  return all;
}

/**
 * Of a leaf at a time, so that no node is too large to write. What lies behind them is cut into blocks each twice as
 * large as the one before, which are cut further when they are touched: so little of it is counted often.
 */
const MAX_CUTS = 1_000;

/** Cuts the first rows of a range into new blocks; `rest` is what lies behind them, if there are rows left to count. */
async function cutBlocks(
  { sender, rows, shape }: PageIndex,
  range: Range,
  maxBlocks: number,
  size = shape.rows,
): Promise<{ blocks: Entry[]; rest?: Range }> {
  const blocks: Entry[] = [];
  let after = range.after;
  while (blocks.length < maxBlocks) {
    const counted = await countRows(sender, rows, { ...range, after }, { limit: size, consistent: true });
    blocks.push({ after, count: counted.count });
    if (counted.lastKey === undefined) return { blocks };
    after = counted.lastKey;
  }
  return { blocks, rest: { ...range, after } };
}

function joinSmall(blocks: readonly Entry[], { minRows, maxRows }: Shape): Entry[] {
  const joined: Entry[] = [];
  for (const block of blocks) {
    const previous = joined.at(-1);
    const [a, b] = [previous?.count ?? Number.NaN, block.count ?? Number.NaN]; // of which nothing is less
    const isJoined = Math.min(a, b) < minRows && a + b <= maxRows;
    // Stryker disable next-line OptionalChaining: what is joined has a predecessor, which the compiler does not know
    if (isJoined) joined.splice(-1, 1, { after: previous?.after, count: a + b });
    else joined.push(block);
  }
  return joined;
}
