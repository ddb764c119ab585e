import type { Range } from '../dynamodb/partition';
import { readRoot } from './find';
import { type Entry, entryBehind } from './node';
import { type PageIndex, readChild } from './store';

const MAX_LEAVES = 64; // read side by side; some five million rows, more than one answer could hold

/**
 * The blocks of all rows, in order: what several readers can share between them. Every key is in one of them, however
 * far the counts lag behind. Where there are too many leaves, or one has been replaced, it stands for its blocks.
 *
 * @throws as `findPlace` does
 */
export async function readBlocks(index: PageIndex): Promise<{ blocks: readonly Entry[]; total: number }> {
  const { root, total } = await readRoot(index);
  if (root.level !== 1 || root.entries.length > MAX_LEAVES) return { blocks: root.entries, total };
  const leaves = await Promise.all(
    root.entries.map(async (entry, i) => (await readChild(index, root, i, { consistent: false }))?.entries ?? [entry]),
  );
  return { blocks: leaves.flat(), total };
}

/** The rows behind a key in `count` ranges of whole blocks, each of about as many rows; in fewer where blocks are. */
export function cutSegments(blocks: readonly Entry[], behind: string, count: number): Range[] {
  const [first, ...others] = blocks.slice(entryBehind(blocks, behind));
  const rows = [first, ...others].reduce((sum, block) => sum + (block?.count ?? 0), 0);
  const bounds: Entry['after'][] = [behind];
  let rank = first?.count ?? 0;
  for (const block of others) {
    const size = block.count ?? 0;
    const isNearest = rank + size / 2 >= (bounds.length * rows) / count;
    if (isNearest && bounds.length < count) bounds.push(block.after);
    rank += size;
  }
  return bounds.map((after, i) => ({ after, through: bounds[i + 1] }));
}
