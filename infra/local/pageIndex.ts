/** Maintains the page index without a stream: builds it at start, then recounts it continuously. */
import { setTimeout as sleep } from 'node:timers/promises';
import { instancesIn } from '../../lib/instances/source';
import { readTotal } from '../../lib/pageIndex/find';
import { DamagedIndexError } from '../../lib/pageIndex/format';
import { type PageIndex, pageIndexOf } from '../../lib/pageIndex/store';
import { auditNext } from '../../lib/pageIndex/upkeep/audit';
import { rebuild } from '../../lib/pageIndex/upkeep/rebuild';
import type { Database } from './database';

const BUDGET = { units: 1_000, healingUnits: 10_000 }; // read units a second: some 4 MB of rows, or 40

/** Builds the index if it is missing. Returns undefined for tables not seeded here: the deployed functions maintain theirs. */
export async function openPageIndex({ client, environment, isSeeded }: Database): Promise<PageIndex | undefined> {
  if (!isSeeded) return undefined;
  const index = pageIndexOf(client, environment.PAGE_INDEX_TABLE, instancesIn(environment.INSTANCES_TABLE));
  try {
    await readTotal(index);
  } catch (error) {
    if (!(error instanceof DamagedIndexError)) throw error;
    const steps = rebuild(index);
    while (!(await steps.next()).done);
  }
  return index;
}

/** Corrects pages within about a second of a write by any client. */
export async function keepAuditing(index: PageIndex): Promise<never> {
  for (;;) {
    await sleep(1000);
    await auditNext(index, BUDGET).catch((error: Error) => console.error(`page index: ${error.message}`));
  }
}
