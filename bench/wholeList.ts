/** Measures the whole list by `READ_CONCURRENCY`. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Sender } from '../lib/dynamodb/session';
import { listInstances } from '../lib/instances/listInstances';
import { openSource } from '../lib/instances/source';
import { collect } from '../test/batches';
import { type Collection, simulated } from './collections';
import { type Cost, measure } from './meter';
import { type Cell, printTable } from './table';

const SIZE = 60_000;
const CALL_MS = 50; // about the time for 1 MB from DynamoDB to a function

export async function benchWholeList(): Promise<void> {
  const rows: Cell[][] = [];
  for (const rowBytes of [57, 500]) {
    const collection = await simulated(SIZE, rowBytes);
    for (const concurrency of [1, 2, 4, 8, 16]) {
      const { calls, depth, readUnits, ms } = await readAll(collection, concurrency, CALL_MS);
      const megabytes = (SIZE * rowBytes) / 1_048_576;
      rows.push([rowBytes, megabytes, concurrency, calls, depth, ms / 1_000, readUnits, readUnits / (ms / 1_000)]);
    }
  }
  printTable(
    `All of ${SIZE.toLocaleString('en')} instances, simulated, ${CALL_MS} ms a call`,
    ['bytes a row', 'MB', 'at once', 'calls', 'in sequence', 'seconds', 'read units', 'read units a second'],
    rows,
  );
}

/** @throws Error if the list is incomplete */
export async function readAll({ sender, index, size }: Collection, concurrency: number, callMs: number): Promise<Cost> {
  const send = async (command: Parameters<Sender['send']>[0]): Promise<unknown> => {
    await sleep(callMs);
    return sender.send(command);
  };
  let count = 0;
  const cost = await measure({ send: send as Sender['send'] }, (metered) => {
    const tables = { instancesTable: index.rows.table, pageIndexTable: index.table, readConcurrency: concurrency };
    const { batches } = listInstances(undefined, openSource(metered, tables, { timeMs: 240_000 }));
    return collect(batches, (batch) => {
      count += batch.length;
    });
  });
  if (count !== size) throw new Error(`the list has ${count} instances`);
  return cost;
}
