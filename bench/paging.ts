/** Measures the cost of a page of 25 by collection size and page depth, with the page index and by skipping. */
import { listInstances } from '../lib/instances/listInstances';
import { openSource } from '../lib/instances/source';
import { collect } from '../test/batches';
import { type Collection, emulated, simulated } from './collections';
import { type Cost, measure } from './meter';
import { type Cell, printTable } from './table';

export const LIMIT = 25;
const HEADER = ['collection', 'rows', 'bytes a row', 'page', 'way', 'calls', 'in sequence', 'read units', 'KB', 'ms'];

export async function benchPaging(isLarge: boolean): Promise<void> {
  const sizes = isLarge ? [1_000, 100_000, 1_000_000] : [1_000, 20_000];
  const collections = [
    ...sizes.map((size) => () => emulated(size, 57, isLarge)),
    ...[60, 200, 1_000, 4_000].map((rowBytes) => () => simulated(100_000, rowBytes)),
    () => simulated(1_000_000, 57),
    () => simulated(10_000_000, 200),
  ];
  const rows: Cell[][] = [];
  for (const open of collections) {
    const collection = await open();
    rows.push(...(await pagesOf(collection)));
    await collection.stop();
  }
  printTable(`A page of ${LIMIT}, without the token's one call and one read unit`, HEADER, rows);
}

async function pagesOf(collection: Collection): Promise<Cell[][]> {
  const { where, size, rowBytes } = collection;
  const last = Math.ceil(size / LIMIT);
  const rows: Cell[][] = [];
  for (const number of [1, Math.ceil(last / 2), last]) {
    const [indexed, skipping] = [await readPage(collection, number, true), await readPage(collection, number, false)];
    const cells = (way: string, { calls, depth, readUnits, bytes, ms }: Cost) =>
      [where, size, rowBytes, number, way, calls, depth, readUnits, bytes / 1_000, ms] satisfies Cell[];
    rows.push(cells('indexed', indexed), cells('skipping', skipping));
    const ratio = (of: (cost: Cost) => number): number => of(skipping) / of(indexed);
    rows.push(['', '', '', '', 'ratio', ...RATIOS.map(ratio)]);
  }
  return rows;
}

const RATIOS: readonly ((cost: Cost) => number)[] = [
  ({ calls }) => calls,
  ({ depth }) => depth,
  ({ readUnits }) => readUnits,
  ({ bytes }) => bytes,
  ({ ms }) => ms,
];

/** @throws Error if the page is wrong */
export async function readPage({ sender, index, size }: Collection, number: number, isIndexed: boolean): Promise<Cost> {
  const page = { limit: LIMIT, number, offset: (number - 1) * LIMIT };
  const ids: number[] = [];
  const cost = await measure(sender, (metered) => {
    const pageIndexTable = isIndexed ? index.table : undefined;
    const tables = { instancesTable: index.rows.table, pageIndexTable, readConcurrency: 4 };
    const { batches } = listInstances(page, openSource(metered, tables, { timeMs: 240_000 }));
    return collect(batches, (batch) => ids.push(...batch.map(({ id }) => Number(id))));
  });
  const expected = Array.from({ length: Math.min(LIMIT, size - page.offset) }, (_, i) => page.offset + i + 1);
  if (ids.join() !== expected.join()) throw new Error(`page ${number} of ${size} rows is wrong`);
  return cost;
}
