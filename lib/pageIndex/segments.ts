import { compareDecimals } from '../dynamodb/decimal';
import type { Range } from '../dynamodb/partition';
import { type Entry, entryAfter, type Node } from './node';
import { type PageIndex, readChild } from './store';

const MAX_LEAVES = 64; // read in parallel; some three million rows, more than one response can hold

/**
 * Reads the blocks of all rows, in order, to divide them among readers. The blocks cover every key, however far the
 * counts lag. If there are too many leaves, or a leaf was replaced or is unreadable (`failure`), the leaf counts as one
 * block.
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

/** The rows already read, from the key `first` through `through`. */
export type Head = { readonly first: string; readonly through: string; readonly rows: number };

/**
 * Divides the rows after the head into up to `count` ranges of about equal size. Cuts within blocks, which may be many
 * megabytes, at the whole number where a row would be if the block's keys were evenly spread.
 */
export function cutSegments(blocks: readonly Entry[], head: Head, count: number): Range[] {
  const parts = partsAfter(head, blocks);
  const left = parts.reduce((sum, { rows }) => sum + rows, 0);
  const bounds = [head.through];
  let [rank, cut] = [0, 1];
  for (const [i, part] of parts.entries()) {
    const begin = Number(part.after);
    const gap = (begin - Number(head.first)) / Math.max(1, head.rows + rank - 1); // average between keys so far
    const end = Math.min(Number(parts[i + 1]?.after ?? begin + part.rows * gap), LARGEST);
    for (; cut * left < count * (rank + part.rows); cut += 1) {
      const bound = keyWithin(part.after, end, ((cut * left) / count - rank) / part.rows);
      if (compareDecimals(bound, bounds.at(-1) ?? bound) > 0) bounds.push(bound);
    }
    rank += part.rows;
  }
  return bounds.map((after, i) => ({ after, through: bounds[i + 1] }));
}

const LARGEST = 9e125; // DynamoDB's numbers are less than 1e126

/** Returns the rest of the block in which the head ends, and the blocks after it. */
function partsAfter(head: Head, blocks: readonly Entry[]): Part[] {
  const first = entryAfter(blocks, head.through);
  const counted = blocks.slice(0, first + 1).reduce((sum, { count = 0 }) => sum + count, 0);
  const others = blocks.slice(first + 1).map(({ after, count = 0 }) => ({ after: String(after), rows: count }));
  return [{ after: head.through, rows: Math.max(0, counted - head.rows) }, ...others];
}

/** Returns the whole number at this fraction between two keys; the first key if there is none. */
function keyWithin(after: string, end: number, fraction: number): string {
  const begin = Number(after);
  const key = Math.round(begin + (end - begin) * fraction);
  return begin < key && key <= end ? String(key) : after;
}
