/** What it costs to keep the page index right: read and write units for 1,000 insertions. */
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { instancesIn } from '../lib/instances/source';
import { rebuild } from '../lib/pageIndex/rebuild';
import { recount } from '../lib/pageIndex/recount';
import { pageIndexOf } from '../lib/pageIndex/store';
import { integers } from '../test/keys';
import { SimulatedDynamo } from '../test/simulatedDynamo';
import { measure } from './meter';
import { type Cell, printTable } from './table';

const ROWS = instancesIn('instances');
const SIZE = 20_000;
const INSERTIONS = 1_000;

/** Each batch is what the stream delivers at once. */
const PATTERNS = [
  { name: 'appended, 1 a batch', batch: 1, toKey: (i: number) => SIZE + i + 1 },
  { name: 'appended, 100 a batch', batch: 100, toKey: (i: number) => SIZE + i + 1 },
  { name: 'random, 1 a batch', batch: 1, toKey: (i: number) => ((i * 7_919) % SIZE) + 0.5 },
  { name: 'random, 100 a batch', batch: 100, toKey: (i: number) => ((i * 7_919) % SIZE) + 0.5 },
  { name: 'in bulk, 1,000 a batch', batch: 1_000, toKey: (i: number) => SIZE + i + 1 },
];

export async function benchUpkeep(): Promise<void> {
  const rows: Cell[][] = [];
  for (const rowBytes of [60, 1_000]) {
    for (const { name, batch, toKey } of PATTERNS) {
      const keys = Array.from({ length: INSERTIONS }, (_, i) => String(toKey(i)));
      const { calls, readUnits, writeUnits } = await insert(keys, batch, rowBytes);
      rows.push([name, rowBytes, calls, readUnits, writeUnits]);
    }
  }
  const title = `Upkeep for ${INSERTIONS.toLocaleString('en')} insertions into ${SIZE.toLocaleString('en')} rows, simulated`;
  printTable(title, ['insertions', 'bytes a row', 'calls', 'read units', 'write units'], rows);
}

async function insert(keys: readonly string[], batch: number, rowBytes: number) {
  const dynamo = new SimulatedDynamo({ rows: ROWS, keys: integers(SIZE), rowBytes });
  const sender = dynamo.connect();
  for await (const _rows of rebuild(pageIndexOf(sender, 'page-index', ROWS)));
  return measure(sender, async (metered) => {
    for (let first = 0; first < keys.length; first += batch) {
      const inserted = keys.slice(first, first + batch);
      for (const key of inserted)
        await sender.send(new PutItemCommand({ TableName: ROWS.table, Item: { id: { N: key } } }));
      const failed = await recount(pageIndexOf(metered, 'page-index', ROWS), inserted);
      for (const failure of failed.values()) throw failure;
    }
  });
}
