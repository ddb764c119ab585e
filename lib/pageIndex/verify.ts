import { countRows, type Range } from '../dynamodb/partition';
import { DamagedIndexError } from './format';
import { type Node, ROOT, throughOf, totalOf } from './node';
import { type PageIndex, readNode } from './store';
import { leafBehind, walkLeaves } from './walk';

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
  /** The same once more; undefined if the node has other entries now, all of them counted anew. */
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
    again: () => lookAtRange(index, range),
  };
}

async function lookAtRange(index: PageIndex, { after, through }: Range): Promise<Look | undefined> {
  const leaf = await leafBehind(index, after);
  const i = leaf?.entries.findIndex((entry, n) => entry.after === after && throughOf(leaf, n) === through) ?? -1;
  return leaf && i >= 0 ? lookAtBlock(index, leaf, i) : undefined;
}

/** Every entry above the leaves that is not the sum of its child. */
async function lookAtSums(index: PageIndex, name: string): Promise<Look[]> {
  const node = await readNode(index, name, { consistent: true });
  const looks: Look[] = [];
  for (const { child } of node?.entries ?? []) {
    const look = node && child !== undefined && (await lookAtSum(index, node, child));
    if (!look) continue;
    if (!look.isRight) looks.push(look);
    if (node.level > 1) looks.push(...(await lookAtSums(index, child)));
  }
  return looks;
}

async function lookAtSum(index: PageIndex, node: Node, child: string): Promise<Look | undefined> {
  const entry = node.entries.find((one) => one.child === child);
  if (!entry) return undefined;
  const sum = totalOf((await readNode(index, child, { consistent: true }))?.entries ?? []);
  return {
    after: entry.after,
    recorded: entry.count,
    counted: sum ?? 0,
    isRight: entry.count === sum,
    version: node.version,
    again: async () => {
      const now = await readNode(index, node.name, { consistent: true });
      return now && lookAtSum(index, now, child);
    },
  };
}
