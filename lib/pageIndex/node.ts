import { compareDecimals } from '../dynamodb/decimal';

// Stryker disable OptionalChaining: an entry whose position was found is there, which the compiler does not know

/**
 * What the index is: a tree that knows how many rows stand before a key. A leaf (level 0) cuts its part of the rows
 * into blocks and holds each block's count; a node above holds the sum of each child. The root is the node `root`.
 *
 * A node's range of keys never changes as long as it lives: to split or merge nodes, new ones take their place.
 */

/** Rows behind `after` (a sort key as text; undefined: from the first row) up to where the next entry begins. */
export type Entry = {
  readonly after: string | undefined;
  /** Undefined: not counted yet; the whole index is not used before every block is. */
  readonly count: number | undefined;
  /** The node of the level below; none in a leaf. */
  readonly child?: string | undefined;
};

export type Node = {
  readonly name: string;
  /** New with every write and never used again, so that a write "if the version is still this" is safe. */
  readonly version: string;
  /** Of the whole tree: a rebuild begins a new one, and nodes of another are litter. */
  readonly generation: string;
  readonly level: number;
  /** In the order of their keys; never empty. */
  readonly entries: readonly Entry[];
  /** The last key of the node's range, included; undefined: no end. */
  readonly through: string | undefined;
  /** Being replaced: its counts may be read, but nothing is counted into it any more. */
  readonly isFrozen: boolean;
};

export const ROOT = 'root';

/** How large blocks and nodes are: a page reads up to a block in vain, and a node costs it one read unit. */
export type Shape = {
  /** Rows of a new block; one of more than `maxRows` is cut, one of fewer than `minRows` may join a neighbour. */
  readonly rows: number;
  readonly minRows: number;
  readonly maxRows: number;
  /**
   * The same for what it costs to count a block, in strongly consistent read units of 4 KB. Either measure cuts a block;
   * both must allow two to join. A row that costs more is a block of its own.
   */
  readonly units: number;
  readonly minUnits: number;
  readonly maxUnits: number;
  /** The same for the blocks of a leaf. */
  readonly entries: number;
  readonly minEntries: number;
  readonly maxEntries: number;
  /** The same for the children of a node above the leaves, whose names make their entries twice as long. */
  readonly children: number;
  readonly minChildren: number;
  readonly maxChildren: number;
};

/**
 * A node of the most entries, with ids of eight digits, has 8 KB: one read unit, eventually consistent. Two levels hold
 * more than ten million small rows, three hold ninety gigabytes of large ones.
 */
export const SHAPE: Shape = {
  ...{ rows: 200, minRows: 50, maxRows: 300 },
  ...{ units: 4, minUnits: 2, maxUnits: 6 },
  ...{ entries: 230, minEntries: 60, maxEntries: 460 },
  ...{ children: 115, minChildren: 30, maxChildren: 230 },
};

/** The rows of all entries; undefined while some are not counted. */
export function totalOf(entries: readonly Entry[]): number | undefined {
  let total = 0;
  for (const { count } of entries) {
    if (count === undefined) return undefined;
    total += count;
  }
  return total;
}

/** The entry in which the row at `offset` stands (the last one, if there are fewer rows), and the rows before it. */
export function locate(entries: readonly Entry[], offset: number): { i: number; rank: number } {
  let rank = 0;
  let i = 0;
  for (const { count = 0 } of entries.slice(0, -1)) {
    if (rank + count > offset) break;
    rank += count;
    i += 1;
  }
  return { i, rank };
}

/** Keys by the entry that they belong to (its position): the last one that begins before the key. */
export function groupByEntry(entries: readonly Entry[], keys: readonly string[]): Map<number, string[]> {
  const groups = new Map<number, string[]>();
  for (const key of keys) {
    const i = entryOf(entries, key);
    const group = groups.get(i);
    if (group) group.push(key);
    else groups.set(i, [key]);
  }
  return groups;
}

const entryOf = (entries: readonly Entry[], key: string): number =>
  lastEntry(entries, (after) => compareDecimals(after, key) >= 0);

/** Which entry the rows behind a key belong to; undefined: the first rows. */
export const entryBehind = (entries: readonly Entry[], key: string | undefined): number =>
  key === undefined ? 0 : lastEntry(entries, (after) => compareDecimals(after, key) > 0);

/** The last entry that does not begin too far, as those from some entry on do; the first one, if all do. */
function lastEntry(entries: readonly Entry[], isTooFar: (after: string) => boolean): number {
  // Stryker disable next-line ArithmeticOperator: what lies behind the last entry is too far as well
  let [low, high] = [0, entries.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    const after = entries[middle]?.after;
    // Stryker disable next-line ConditionalExpression: only the first entry begins nowhere, and that one is not looked at
    if (after === undefined || isTooFar(after)) high = middle - 1;
    else low = middle;
  }
  return low;
}

/** The last key of an entry's rows, included. */
export const throughOf = (
  { entries, through }: Pick<Node, 'entries' | 'through'>,
  index: number,
): string | undefined => (index + 1 < entries.length ? entries[index + 1]?.after : through);

/** Whether a node is what its parent's entry says: a level below, for the same rows. */
export const isChildOf = (child: Part, parent: Part, i: number): boolean =>
  child.level === parent.level - 1 &&
  isSameKey(child.entries[0]?.after, parent.entries[i]?.after) &&
  isSameKey(child.through, throughOf(parent, i));

type Part = Pick<Node, 'level' | 'entries' | 'through'>;

const isSameKey = (a: string | undefined, b: string | undefined): boolean =>
  // Stryker disable next-line ConditionalExpression,LogicalOperator: nothing compares as equal to what is no number
  a === b || (a !== undefined && b !== undefined && compareDecimals(a, b) === 0);

/** Cuts entries that are too many into as few runs of about `size` as possible, evenly. */
export function cutEvenly<Item>(items: readonly Item[], size: number): Item[][] {
  const runs = Math.max(1, Math.round(items.length / size));
  return Array.from({ length: runs }, (_, i) =>
    items.slice(Math.round((i * items.length) / runs), Math.round(((i + 1) * items.length) / runs)),
  );
}
