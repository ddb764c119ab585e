import { compareDecimals } from '../dynamodb/decimal';

// Stryker disable OptionalChaining: the entry exists, which the compiler does not know

/**
 * The index is a tree that counts the rows before a key. A leaf (level 0) divides its rows into blocks and holds each
 * block's count; a node above holds the sum of each child. The root is the node `root`.
 *
 * A node's key range never changes: splitting or merging replaces nodes by new ones.
 */

/** The rows after `after` (a sort key; undefined: from the first row) up to the beginning of the next entry. */
export type Entry = {
  readonly after: string | undefined;
  /** Undefined: not counted yet; readers use the index only once every block is counted. */
  readonly count: number | undefined;
  /** The name of the node one level below; undefined in a leaf. */
  readonly child?: string | undefined;
};

export type Node = {
  readonly name: string;
  /** New with every write and never reused, so that conditional writes on it are safe. */
  readonly version: string;
  /** Identifies the tree: a rebuild begins a new one, and nodes of other generations are garbage. */
  readonly generation: string;
  readonly level: number;
  /** In key order; never empty. */
  readonly entries: readonly Entry[];
  /** The last key of the node's range, inclusive; undefined: no end. */
  readonly through: string | undefined;
  /** Being replaced: its counts may be read but no longer changed. */
  readonly isFrozen: boolean;
};

export const ROOT = 'root';

/** The sizes of blocks and nodes: a page reads up to one block too much, and one read unit per node. */
export type Shape = {
  /** Rows of a new block; a block above `maxRows` is cut, one below `minRows` may be joined with a neighbour. */
  readonly rows: number;
  readonly minRows: number;
  readonly maxRows: number;
  /**
   * The same for the cost of counting a block, in strongly consistent read units of 4 KB. Exceeding either measure cuts
   * a block; a join must satisfy both. A row that costs more is a block of its own.
   */
  readonly units: number;
  readonly minUnits: number;
  readonly maxUnits: number;
  /** A block that had at most this many rows may have large ones, which a cut should not read twice. */
  readonly fewRows: number;
  /** The same, for the number of blocks in a leaf. */
  readonly entries: number;
  readonly minEntries: number;
  readonly maxEntries: number;
  /** The same, for the children of a node above the leaves, whose names double the length of an entry. */
  readonly children: number;
  readonly minChildren: number;
  readonly maxChildren: number;
};

/**
 * A node with the maximum of entries, with ids of eight digits, has 8 KB: one eventually consistent read unit. Two
 * levels hold more than ten million small rows, three hold 90 GB of large ones.
 */
export const SHAPE: Shape = {
  ...{ rows: 200, minRows: 50, maxRows: 300 },
  ...{ units: 4, minUnits: 2, maxUnits: 6, fewRows: 6 },
  ...{ entries: 230, minEntries: 60, maxEntries: 460 },
  ...{ children: 115, minChildren: 30, maxChildren: 230 },
};

/** Returns the number of rows of all entries; undefined while some are uncounted. */
export function totalOf(entries: readonly Entry[]): number | undefined {
  let total = 0;
  for (const { count } of entries) {
    if (count === undefined) return undefined;
    total += count;
  }
  return total;
}

/**
 * Returns the entry with the row at `offset` (the last if there are fewer rows), and the number of rows before it. Stops
 * at an uncounted entry: how many rows lie before the entries after it is unknown.
 */
export function locate(entries: readonly Entry[], offset: number): { i: number; rank: number } {
  let rank = 0;
  let i = 0;
  for (const { count } of entries.slice(0, -1)) {
    if (count === undefined || rank + count > offset) break;
    rank += count;
    i += 1;
  }
  return { i, rank };
}

/** A position between rows: after the key `after` (undefined: before the first row), with `rank` rows before it. */
export type Place = { readonly after: string | undefined; readonly rank: number };

export const START: Place = { after: undefined, rank: 0 };

/** Narrows the place where a node begins to that of its entry `i` with the row at `offset`. */
export function narrow(node: Node, place: Place, offset: number): { i: number; place: Place } {
  const { i, rank } = locate(node.entries, offset - place.rank);
  return { i, place: { after: node.entries[i]?.after, rank: place.rank + rank } };
}

/** Returns the name of the node that an entry above the leaves names. */
export const childOf = (node: Node, i: number): string => String(node.entries[i]?.child);

/** Groups keys by the position of their entry: the last one that begins before the key. */
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

/** Returns the position of the entry with the rows after a key; undefined: the first rows. */
export const entryAfter = (entries: readonly Entry[], key: string | undefined): number =>
  key === undefined ? 0 : lastEntry(entries, (after) => compareDecimals(after, key) > 0);

/** Returns the last entry for which `isTooFar` is false (entries are ordered); the first one if it is always true. */
function lastEntry(entries: readonly Entry[], isTooFar: (after: string) => boolean): number {
  // Stryker disable next-line ArithmeticOperator: positions after the last entry are too far as well
  let [low, high] = [0, entries.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    const after = entries[middle]?.after;
    // Stryker disable next-line ConditionalExpression: only the first entry has no beginning, and it is never compared
    if (after === undefined || isTooFar(after)) high = middle - 1;
    else low = middle;
  }
  return low;
}

/** Returns the last key of an entry's range, inclusive; undefined: no end. */
export const throughOf = (
  { entries, through }: Pick<Node, 'entries' | 'through'>,
  index: number,
): string | undefined => (index + 1 < entries.length ? entries[index + 1]?.after : through);

/** Returns whether a node matches its parent's entry: of the same tree, one level below, for the same rows. */
export const isChildOf = (child: Part, parent: Part, i: number): boolean =>
  child.generation === parent.generation &&
  child.level === parent.level - 1 &&
  isSameKey(child.entries[0]?.after, parent.entries[i]?.after) &&
  isSameKey(child.through, throughOf(parent, i));

type Part = Pick<Node, 'generation' | 'level' | 'entries' | 'through'>;

const isSameKey = (a: string | undefined, b: string | undefined): boolean =>
  // Stryker disable next-line ConditionalExpression,LogicalOperator: no number equals NaN
  a === b || (a !== undefined && b !== undefined && compareDecimals(a, b) === 0);

/** Cuts too many entries evenly into as few runs of about `size` as possible. */
export function cutEvenly<Item>(items: readonly Item[], size: number): Item[][] {
  const runs = Math.max(1, Math.round(items.length / size));
  return Array.from({ length: runs }, (_, i) =>
    items.slice(Math.round((i * items.length) / runs), Math.round(((i + 1) * items.length) / runs)),
  );
}
