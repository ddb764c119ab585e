import { countRows } from '../../dynamodb/partition';
import { DamagedIndexError } from '../format';
import { type Entry, entryAfter, type Node, ROOT, throughOf, totalOf } from '../node';
import { type PageIndex, readNode } from '../store';
import { leafAfter, walkLeaves } from './walk';

// Stryker disable OptionalChaining: an entry whose position was found is there, which the compiler does not know

/** A block after `after`, or a sum, whose recorded count is permanently wrong. */
export type Drift = {
  readonly after: string | undefined;
  readonly recorded: number | undefined;
  readonly counted: number;
};

/**
 * Compares the whole index with the rows, while others write. Yields the number of rows compared so far and the drift
 * found.
 *
 * Counts lag, so it compares again whatever differs after `settled` has resolved: when all changes that were made before
 * the call are counted.
 */
export async function* verify(
  index: PageIndex,
  settled: () => Promise<void>,
): AsyncGenerator<{ rows: number; drifts: Drift[] }, void> {
  if (!(await readNode(index, ROOT, { consistent: true }))) throw new DamagedIndexError('there is no index');
  let rows = 0;
  for await (const leaf of walkLeaves(index)) {
    const looks = await Promise.all(leaf.entries.map((_, i) => lookAtBlock(index, leaf, i)));
    rows += looks.reduce((sum, { counted }) => sum + counted, 0);
    yield { rows, drifts: await confirm(looks, settled) };
  }
  yield { rows, drifts: await confirm(await lookAtSums(index, ROOT), settled) };
}

type Look = Drift & {
  readonly isRight: boolean;
  /** The version of the node that holds the count; the node is read before its rows are counted. */
  readonly version: string;
  /** Compares again; returns undefined if the place no longer exists. */
  readonly again: () => Promise<Look | undefined>;
};

/**
 * Returns the drift: a count that differs although its node was not written while all changes were being counted. If
 * others keep writing the node, a count that differs, and is the same, at every comparison.
 */
async function confirm(looks: readonly Look[], settled: () => Promise<void>): Promise<Drift[]> {
  const drifts: Drift[] = [];
  let suspects = looks.filter(({ isRight }) => !isRight);
  for (let n = 1; suspects.length > 0; n += 1) {
    await settled();
    const doubtful: Look[] = [];
    for (const before of suspects) {
      const now = await before.again();
      if (!now || now.isRight || now.recorded !== before.recorded) continue;
      if (now.version !== before.version && n < MAX_LOOKS) doubtful.push(now);
      else drifts.push({ after: now.after, recorded: now.recorded, counted: now.counted });
    }
    suspects = doubtful;
  }
  return drifts;
}

const MAX_LOOKS = 5;

async function lookAtBlock(index: PageIndex, leaf: Node, i: number): Promise<Look> {
  const entry = leaf.entries[i];
  const range = { after: entry?.after, through: throughOf(leaf, i) };
  const { count } = await countRows(index.sender, index.rows, range, { consistent: true });
  return {
    after: range.after,
    recorded: entry?.count,
    counted: count,
    isRight: entry?.count === count,
    version: leaf.version,
    again: () => lookAgainAt(index, range.after),
  };
}

async function lookAgainAt(index: PageIndex, after: string | undefined): Promise<Look | undefined> {
  const leaf = await leafAfter(index, after);
  return leaf && lookAtBlock(index, leaf, entryAfter(leaf.entries, after));
}

/** Compares every entry above the leaves with the child's sum. */
async function lookAtSums(index: PageIndex, name: string): Promise<Look[]> {
  const node = await readNode(index, name, { consistent: true });
  if (!node) return [];
  const looks: Look[] = [];
  for (const entry of node.entries) {
    if (entry.child === undefined) continue; // a block, which was compared already
    looks.push(await lookAtSum(index, node, entry, entry.child), ...(await lookAtSums(index, entry.child)));
  }
  return looks;
}

async function lookAtSum(index: PageIndex, node: Node, { after, count }: Entry, name: string): Promise<Look> {
  const child = await readNode(index, name, { consistent: true });
  const sum = child && totalOf(child.entries);
  return {
    after,
    recorded: count,
    counted: sum ?? 0,
    isRight: count === sum,
    version: node.version,
    again: async () => {
      const now = await readNode(index, node.name, { consistent: true });
      if (!now) return undefined;
      const entry = now.entries.find((one) => one.child === name);
      return entry && lookAtSum(index, now, entry, name);
    },
  };
}
