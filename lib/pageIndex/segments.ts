import { compareDecimals } from '../dynamodb/decimal';
import type { Range } from '../dynamodb/partition';
import { type Entry, entryBehind, type Node } from './node';
import { type PageIndex, readChild } from './store';

const MAX_LEAVES = 64; // read side by side; some three million rows, more than one answer could hold

/**
 * Reads the blocks of all rows, in order: what several readers can share between them. Every key is in one of them,
 * however far the counts lag behind. Where there are too many leaves, or one has been replaced, a leaf stands for its
 * blocks; also where one could not be read, for the reason in `failure`.
 */
export async function readBlocks(
  index: PageIndex,
  root: Node,
): Promise<{ blocks: readonly Entry[]; failure?: unknown }> {
  if (root.level !== 1 || root.entries.length > MAX_LEAVES) return { blocks: root.entries };
  let failure: unknown;
  const readLeaf = async (entry: Entry, i: number): Promise<readonly Entry[]> => {
    try {
      return (await readChild(index, root, i, { consistent: false }))?.entries ?? [entry];
    } catch (error) {
      failure = error;
      return [entry];
    }
  };
  const leaves = await Promise.all(root.entries.map(readLeaf));
  return { blocks: leaves.flat(), failure };
}

/** Rows that follow a key. */
type Part = { readonly after: string; readonly rows: number };

/** What has been read already: the rows from the first one's key through another. */
export type Head = { readonly first: string; readonly through: string; readonly rows: number };

/**
 * The rows behind the head in up to `count` ranges, each of about as many rows. A block may be many megabytes, so it is
 * cut within: at the whole number where the row would be if the keys of its block were evenly spread.
 */
export function cutSegments(blocks: readonly Entry[], head: Head, count: number): Range[] {
  const parts = partsBehind(head, blocks);
  const left = parts.reduce((sum, { rows }) => sum + rows, 0);
  const bounds = [head.through];
  let [rank, cut] = [0, 1];
  for (const [i, part] of parts.entries()) {
    const begin = Number(part.after);
    const gap = (begin - Number(head.first)) / Math.max(1, head.rows + rank - 1); // between the keys so far
    const end = Math.min(Number(parts[i + 1]?.after ?? begin + part.rows * gap), LARGEST);
    for (; cut * left < count * (rank + part.rows); cut += 1) {
      const bound = keyWithin(part.after, end, ((cut * left) / count - rank) / part.rows);
      if (compareDecimals(bound, bounds.at(-1) ?? bound) > 0) bounds.push(bound);
    }
    rank += part.rows;
  }
  return bounds.map((after, i) => ({ after, through: bounds[i + 1] }));
}

const LARGEST = 9e125; // what DynamoDB holds is less than 1e126

/** What is left of the block in which the head ends, and the blocks behind it. */
function partsBehind(head: Head, blocks: readonly Entry[]): Part[] {
  const first = entryBehind(blocks, head.through);
  const counted = blocks.slice(0, first + 1).reduce((sum, { count = 0 }) => sum + count, 0);
  const others = blocks.slice(first + 1).map(({ after, count = 0 }) => ({ after: String(after), rows: count }));
  return [{ after: head.through, rows: Math.max(0, counted - head.rows) }, ...others];
}

/** The whole number so far between two keys; the first of them, if there is none. */
function keyWithin(after: string, end: number, fraction: number): string {
  const begin = Number(after);
  const key = Math.round(begin + (end - begin) * fraction);
  return begin < key && key <= end ? String(key) : after;
}
