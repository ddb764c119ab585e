/** Measures the cost of maintaining the page index: calls, read and write units for 1,000 insertions. */
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { instancesIn } from '../lib/instances/source';
import { pageIndexOf } from '../lib/pageIndex/store';
import { UNITS_PER_SECOND } from '../lib/pageIndex/upkeep/pace';
import { recount } from '../lib/pageIndex/upkeep/recount';
import { integers } from '../test/keys';
import { rebuildAll } from '../test/rebuildAll';
import { SimulatedDynamo } from '../test/simulatedDynamo';
import { type Cost, measure } from './meter';
import { type Cell, printTable } from './table';

const ROWS = instancesIn('instances');
const INSERTIONS = 1_000;
const ONE_LEVEL = 20_000;
const TWO_LEVELS = 1_000_000;

export const appended = (i: number, size: number): number => size + i + 1;
const random = (i: number, size: number): number => ((i * 7_919) % size) + 0.5;

const RANDOM = { name: 'random', size: ONE_LEVEL, toKey: random };

/** A batch is one delivery of the stream. */
export type Pattern = { name: string; size: number; batch: number; toKey: (i: number, size: number) => number };
const PATTERNS: readonly Pattern[] = [
  { name: 'appended, 1 a batch', size: ONE_LEVEL, batch: 1, toKey: appended },
  { name: 'appended, 100 a batch', size: ONE_LEVEL, batch: 100, toKey: appended },
  { name: 'random, 1 a batch', size: ONE_LEVEL, batch: 1, toKey: random },
  { name: 'random, 100 a batch', size: ONE_LEVEL, batch: 100, toKey: random },
  { name: 'in bulk, 1,000 a batch', size: ONE_LEVEL, batch: 1_000, toKey: appended },
  { name: 'random, 1 a batch', size: TWO_LEVELS, batch: 1, toKey: random },
  { name: 'random, 100 a batch', size: TWO_LEVELS, batch: 100, toKey: random },
];

export async function benchUpkeep(): Promise<void> {
  const rows: Cell[][] = [];
  for (const rowBytes of [60, 1_000]) {
    for (const pattern of PATTERNS) {
      const { calls, readUnits, writeUnits } = await insert(pattern, rowBytes);
      rows.push([pattern.name, pattern.size, rowBytes, calls, readUnits, writeUnits]);
    }
  }
  const title = `Upkeep for ${INSERTIONS.toLocaleString('en')} insertions, simulated`;
  printTable(title, ['insertions', 'into rows', 'bytes a row', 'calls', 'read units', 'write units'], rows);
  await benchRandom();
}

/** Measures one random insertion, and a batch of 1,000, at each row size. */
async function benchRandom(): Promise<void> {
  const rows: Cell[][] = [];
  for (const rowBytes of [60, 200, 1_000, 4_000, 40_000]) {
    const one = await insert({ ...RANDOM, batch: 1 }, rowBytes);
    const { calls, readUnits, writeUnits } = await insert({ ...RANDOM, batch: INSERTIONS }, rowBytes);
    const seconds = readUnits / UNITS_PER_SECOND;
    rows.push([rowBytes, one.queryUnits / INSERTIONS, calls, readUnits, writeUnits, seconds]);
  }
  printTable(
    `Random insertions into ${ONE_LEVEL.toLocaleString('en')} rows, simulated: one, and a batch of ${INSERTIONS.toLocaleString('en')}`,
    ['bytes a row', 'to recount for one', 'a batch: calls', 'read units', 'write units', 'seconds, if paced'],
    rows,
  );
}

export async function insert(
  { size, batch, toKey }: Omit<Pattern, 'name'>,
  rowBytes: number,
  insertions = INSERTIONS,
): Promise<Cost> {
  const keys = Array.from({ length: insertions }, (_, i) => String(toKey(i, size)));
  const dynamo = new SimulatedDynamo({ rows: ROWS, keys: integers(size), rowBytes });
  const sender = dynamo.connect();
  await rebuildAll(pageIndexOf(sender, 'page-index', ROWS));
  return measure(sender, async (metered) => {
    for (let first = 0; first < keys.length; first += batch) {
      const inserted = keys.slice(first, first + batch);
      // One row more in a block of 200 costs the same; to put it among a million would take the simulation an age.
      for (const key of size <= ONE_LEVEL ? inserted : [])
        await sender.send(new PutItemCommand({ TableName: ROWS.table, Item: { id: { N: key } } }));
      const failed = await recount(pageIndexOf(metered, 'page-index', ROWS), inserted);
      for (const failure of failed.values()) throw failure;
    }
  });
}
