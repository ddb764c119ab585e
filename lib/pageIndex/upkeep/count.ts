import { type Entry, groupByEntry, type Node, throughOf } from '../node';
import type { PageIndex } from '../store';
import { countBlock, cutBlocks } from './cut';
import { joinSmall, type Measured } from './join';

/** The result of counting into a leaf. */
export type Counted = {
  readonly entries: readonly Entry[];
  /** Keys whose block could not be counted, with the reason. */
  readonly failed: ReadonlyMap<string, unknown>;
};

/**
 * Recounts the blocks of these keys, cuts those that are too large, and joins those that are too small. Uncounted blocks
 * stay uncounted. Returns the entries of the leaf.
 *
 * The leaf must have been read before the call, and the entries may be written only if its version is still the same.
 */
export async function recountBlocks(index: PageIndex, leaf: Node, keys: readonly string[]): Promise<Counted> {
  const touched = groupByEntry(leaf.entries, keys);
  const failed = new Map<string, unknown>();
  const blocks = await Promise.all(
    leaf.entries.map(async (entry, i): Promise<readonly Measured[]> => {
      const own = touched.get(i);
      if (!own || entry.count === undefined) return [entry];
      try {
        const maxCuts = Math.ceil(MAX_CUTS / touched.size);
        return await countBlock(index, { after: entry.after, through: throughOf(leaf, i) }, entry.count, maxCuts);
      } catch (error) {
        for (const key of own) failed.set(key, error);
        return [entry];
      }
    }),
  );
  return { entries: joinSmall(blocks.flat(), index.shape), failed };
}

const MAX_CUTS = 1_000; // of a leaf at a time, so that the node stays small enough to write

/** Counts the first uncounted block of a leaf, or as much of it as `maxBlocks` blocks hold. Returns the leaf's entries. */
export async function countFirstUncounted(index: PageIndex, leaf: Node, maxBlocks: number): Promise<readonly Entry[]> {
  const i = leaf.entries.findIndex(({ count }) => count === undefined);
  if (i < 0) return leaf.entries; // another process was faster
  // Stryker disable next-line OptionalChaining: an entry whose position was found is there, which the compiler does not know
  const range = { after: leaf.entries[i]?.after, through: throughOf(leaf, i) };
  const { rows } = index.shape;
  const alike = Math.min(rows, leaf.entries[i - 1]?.count ?? rows); // rows are usually as large as those before them
  const { blocks, rest } = await cutBlocks(index, range, maxBlocks, Math.max(1, alike));
  const uncounted: Entry[] = rest ? [{ after: rest.after, count: undefined }] : [];
  return joinSmall([...leaf.entries.slice(0, i), ...blocks, ...uncounted, ...leaf.entries.slice(i + 1)], index.shape);
}
