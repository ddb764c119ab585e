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

/** The rows behind a key in ranges of whole blocks, each of about `rows` rows, or of one block that has more. */
export function cutSegments(blocks: readonly Entry[], behind: string, rows: number): Range[] {
  const bounds: Entry['after'][] = [behind];
  let size = 0;
  for (const { after, count = 0 } of blocks.slice(entryBehind(blocks, behind))) {
    if (size > 0 && size + count > rows) {
      bounds.push(after);
      size = 0;
    }
    size += count;
  }
  return bounds.map((after, i) => ({ after, through: bounds[i + 1] }));
}
