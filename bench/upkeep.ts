/** Measures the cost of maintaining the page index: calls, read and write units for 1,000 insertions. */
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { Sender } from '../lib/dynamodb/session';
import { instancesIn } from '../lib/instances/source';
import { pageIndexOf } from '../lib/pageIndex/store';
import { UNITS_PER_SECOND } from '../lib/pageIndex/upkeep/pace';
import { recountOrThrow } from '../lib/pageIndex/upkeep/recount';
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
  for (const rowBytes of [60, 200, 1_000, 4_000, 8_000, 16_000, 40_000]) {
    const one = await insert({ ...RANDOM, batch: 1 }, rowBytes);
    const { average, most } = await grow(rowBytes);
    const { calls, readUnits, writeUnits } = await insert({ ...RANDOM, batch: INSERTIONS }, rowBytes);
    const seconds = readUnits / UNITS_PER_SECOND;
    rows.push([rowBytes, one.queryUnits / INSERTIONS, average, most, calls, readUnits, writeUnits, seconds]);
  }
  printTable(
    `Random insertions into ${ONE_LEVEL.toLocaleString('en')} rows, simulated: one, and a batch of ${INSERTIONS.toLocaleString('en')}`,
    [
      'bytes a row',
      'to recount for one',
      'in a growing table',
      'at most',
      'a batch: calls',
      'read units',
      'write units',
      'seconds, if paced',
    ],
    rows,
  );
}

/** What recounting for one random insertion costs, its cuts included, while 400 rows grow to 1,600; in read units. */
export async function grow(rowBytes: number): Promise<{ average: number; most: number }> {
  const units: number[] = [];
  const scattered = (i: number) => (((i + 1) * 0.618_033_988_75) % 1) * 400;
  const dynamo = new SimulatedDynamo({ rows: ROWS, keys: integers(400), rowBytes });
  const sender = dynamo.connect();
  await rebuildAll(pageIndexOf(sender, 'page-index', ROWS));
  for (let i = 0; i < 1_200; i += 1) {
    const cost = await measure(sender, (metered) => recountInserted(sender, metered, [String(scattered(i))]));
    units.push(cost.queryUnits);
  }
  return { average: units.reduce((sum, own) => sum + own, 0) / units.length, most: Math.max(...units) };
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
      await recountInserted(size <= ONE_LEVEL ? sender : undefined, metered, inserted);
    }
  });
}

async function recountInserted(writer: Sender | undefined, metered: Sender, keys: readonly string[]): Promise<void> {
  for (const key of keys) await writer?.send(new PutItemCommand({ TableName: ROWS.table, Item: { id: { N: key } } }));
  await recountOrThrow(pageIndexOf(metered, 'page-index', ROWS), keys);
}
