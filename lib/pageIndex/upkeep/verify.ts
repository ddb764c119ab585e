import { countRows } from '../../dynamodb/partition';
import { DamagedIndexError } from '../format';
import { type Entry, entryBehind, type Node, ROOT, throughOf, totalOf } from '../node';
import { type PageIndex, readNode } from '../store';
import { leafBehind, walkLeaves } from './walk';

// Stryker disable OptionalChaining: an entry whose position was found is there, which the compiler does not know

/** Rows behind `after` of which the index records another number than there are, and will go on to. */
export type Drift = {
  readonly after: string | undefined;
  readonly recorded: number | undefined;
  readonly counted: number;
};

/**
 * Compares the whole index with the rows, while others write; yields the rows compared so far and the drift found.
 *
 * Counts lag behind the rows. So what differs is looked at again when `settled` resolves, once all changes that were
 * made before the call are counted.
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
  /** Of the node that records the number; it is read before what it records is counted. */
  readonly version: string;
  /** What is recorded now, and where; undefined if that is nowhere any more. */
  readonly again: () => Promise<Look | undefined>;
};

/**
 * What is wrong for good: while whatever was on its way was counted, its node was not even written. Where others keep a
 * node busy, it is what remains wrong, and the same, at every look.
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
    again: () => lookBehind(index, range.after),
  };
}

async function lookBehind(index: PageIndex, after: string | undefined): Promise<Look | undefined> {
  const leaf = await leafBehind(index, after);
  return leaf && lookAtBlock(index, leaf, entryBehind(leaf.entries, after));
}

/** Every entry above the leaves. */
async function lookAtSums(index: PageIndex, name: string): Promise<Look[]> {
  const node = await readNode(index, name, { consistent: true });
  if (!node) return [];
  const looks: Look[] = [];
  for (const entry of node.entries) {
    if (entry.child === undefined) continue; // a block: it has been looked at
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
