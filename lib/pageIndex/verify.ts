import { countRows, type Range } from '../dynamodb/partition';
import { type Node, ROOT, throughOf, totalOf } from './node';
import { DamagedIndexError, type PageIndex, readNode } from './store';
import { leafBehind, walkLeaves } from './walk';

/** Rows behind `after` of which the index records a number that they have not had of late. */
export type Drift = {
  readonly after: string | undefined;
  readonly recorded: number | undefined;
  readonly counted: number;
};

/**
 * Compares the whole index with the rows, while others write; yields the rows compared so far and the drift found.
 *
 * Counts lag behind the rows. So what differs is looked at again when `settled` resolves, once the stream has had its
 * time: what is recorded by then must be what there was at the first look, at the second, or between them.
 */
export async function* verify(
  index: PageIndex,
  settled: () => Promise<void>,
): AsyncGenerator<{ rows: number; drifts: Drift[] }, void> {
  if (!(await readNode(index, ROOT, { consistent: true }))) throw new DamagedIndexError('there is no index');
  let rows = 0;
  for await (const leaf of walkLeaves(index)) {
    const looks = await Promise.all(leaf.entries.map((_, i) => countBlock(index, leaf, i)));
    const suspects = looks.filter(({ recorded, counted }) => recorded !== counted);
    if (suspects.length > 0) await settled();
    const drifts = await Promise.all(suspects.map((suspect) => lookAgain(index, suspect)));
    rows += looks.reduce((sum, { counted }) => sum + counted, 0);
    yield { rows, drifts: drifts.filter((drift) => drift !== undefined) };
  }
  yield { rows, drifts: await wrongSums(index, ROOT, settled) };
}

type Look = Drift & { readonly range: Range };

async function countBlock(index: PageIndex, leaf: Node, i: number): Promise<Look> {
  const entry = leaf.entries[i];
  const range = { after: entry?.after, through: throughOf(leaf, i) };
  const { count } = await countRows(index.sender, index.rows, range, { consistent: true });
  return { range, after: range.after, recorded: entry?.count, counted: count };
}

async function lookAgain(index: PageIndex, { range, counted: before }: Look): Promise<Drift | undefined> {
  const leaf = await leafBehind(index, range.after);
  const i = leaf?.entries.findIndex((entry, n) => entry.after === range.after && throughOf(leaf, n) === range.through);
  if (!leaf || i === undefined || i < 0) return undefined; // cut or joined meanwhile, and so counted anew
  const { after, recorded, counted } = await countBlock(index, leaf, i);
  const [low, high] = [Math.min(before, counted), Math.max(before, counted)];
  return recorded !== undefined && recorded >= low && recorded <= high ? undefined : { after, recorded, counted };
}

/** Entries above the leaves that are not the sum of their child, and stay so. */
async function wrongSums(
  index: PageIndex,
  name: string,
  settled: () => Promise<void>,
  isSecondLook = false,
): Promise<Drift[]> {
  const node = await readNode(index, name, { consistent: true });
  if (!node || node.level === 0) return [];
  const drifts: Drift[] = [];
  for (const { after, count, child } of node.entries) {
    if (child === undefined) continue;
    const sum = totalOf((await readNode(index, child, { consistent: true }))?.entries ?? []);
    if (sum !== count) drifts.push({ after, recorded: count, counted: sum ?? 0 });
    else drifts.push(...(await wrongSums(index, child, settled)));
  }
  if (drifts.length === 0 || isSecondLook) return drifts;
  await settled();
  return wrongSums(index, name, settled, true);
}
