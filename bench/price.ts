/** Measures the cost of a page of 25 by the index beyond its own rows, by row size and number of rows, at any depth. */
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { formatNode } from '../lib/pageIndex/format';
import { cutEvenly, type Entry, ROOT, SHAPE, totalOf } from '../lib/pageIndex/node';
import { createNode, type PageIndex } from '../lib/pageIndex/store';
import { leafAfter } from '../lib/pageIndex/upkeep/walk';
import { type Collection, indexed, simulated, simulatedRows } from './collections';
import { LIMIT, readPage } from './paging';
import { type Cell, printTable } from './table';

const ROW_BYTES = [60, 200, 1_000, 4_000, 40_000];
const SIZES = [100_000, 1_000_000, 10_000_000];
const BUILT_BY_COUNTING = 100_000; // rows; more would take minutes

export async function benchPrice(): Promise<void> {
  const rows: Cell[][] = [];
  for (const rowBytes of ROW_BYTES) {
    for (const size of SIZES) {
      const { calls, own, beyond, most } = await priceOf(await openLarge(size, rowBytes));
      rows.push([rowBytes, size, calls, own, beyond, most]);
    }
  }
  const header = ['bytes a row', 'rows', 'calls', 'units: its rows', 'beyond: average', 'beyond: at most'];
  printTable(
    `A page of ${LIMIT} by the index, without the token's one call and one read unit (simulated)`,
    header,
    rows,
  );
}

export type Price = {
  /** Of the most expensive page. */
  readonly calls: number;
  /** Read units of the page's rows and the following row, which shows that there is a next page. */
  readonly own: number;
  /** Read units beyond those: average and maximum. */
  readonly beyond: number;
  readonly most: number;
};

/** Measures the first pages and 50 pages at all depths. */
export async function priceOf(collection: Collection): Promise<Price> {
  const pages = collection.size / LIMIT;
  const deep = Array.from({ length: 50 }, (_, i) => Math.ceil(((i + 1) * (pages - 1)) / 50));
  const own = Math.ceil(((LIMIT + 1) * collection.rowBytes) / 4_096) / 2;
  let [calls, sum, most] = [0, 0, 0];
  const numbers = [...new Set([2, 3, 5, 8, 13, ...deep])];
  for (const number of numbers) {
    const cost = await readPage(collection, number, true);
    calls = Math.max(calls, cost.calls);
    sum += cost.readUnits - own;
    most = Math.max(most, cost.readUnits - own);
  }
  return { calls, own, beyond: sum / numbers.length, most };
}

/** Creates equal rows and their index as a rebuild makes it; writes the nodes of large ones without counting. */
export async function openLarge(size: number, rowBytes: number): Promise<Collection> {
  if (size <= BUILT_BY_COUNTING) return simulated(size, rowBytes);
  const sample = await simulated(2_000, rowBytes);
  const leaf = await leafAfter(sample.index, '1000');
  const collection = indexed(simulatedRows(size, rowBytes));
  await writeTree(collection, leaf?.entries[2]?.count ?? 1);
  return collection;
}

/** Writes the nodes of a tree whose blocks have `block` rows each, as full as a rebuild leaves them. */
export async function writeTree({ index, size }: Collection, block: number): Promise<void> {
  let entries: Entry[] = Array.from({ length: Math.ceil(size / block) }, (_, i) => ({
    after: i === 0 ? undefined : String(i * block),
    count: Math.min(block, size - i * block),
  }));
  let level = 0;
  for (; entries.length > (level === 0 ? SHAPE.maxEntries : SHAPE.maxChildren); level += 1) {
    entries = await parentsOf(index, entries, level);
  }
  const root = {
    name: ROOT,
    version: 'v',
    generation: GENERATION,
    level,
    entries,
    through: undefined,
    isFrozen: false,
  };
  await index.sender.send(new PutItemCommand({ TableName: index.table, Item: formatNode(root) }));
}

const GENERATION = 'b'.repeat(12);

async function parentsOf(index: PageIndex, entries: readonly Entry[], level: number): Promise<Entry[]> {
  const runs = cutEvenly(entries, level === 0 ? SHAPE.entries : SHAPE.children);
  const parents: Entry[] = [];
  for (const [i, run] of runs.entries()) {
    const content = { generation: GENERATION, level, entries: run, through: runs[i + 1]?.[0]?.after };
    const { name } = await createNode(index, content);
    parents.push({ after: run[0]?.after, count: totalOf(run), child: name });
  }
  return parents;
}
