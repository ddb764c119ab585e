/** The page index, where no stream tells of changes: built at start, then counted anew all the time. */
import { setTimeout as sleep } from 'node:timers/promises';
import { instancesIn } from '../../lib/instances/source';
import { readTotal } from '../../lib/pageIndex/find';
import { DamagedIndexError } from '../../lib/pageIndex/format';
import { type PageIndex, pageIndexOf } from '../../lib/pageIndex/store';
import { auditNext } from '../../lib/pageIndex/upkeep/audit';
import { rebuild } from '../../lib/pageIndex/upkeep/rebuild';
import { type Database, isAws } from './database';

const MAX_UNITS = 1_000; // read units a second: some 4 MB of rows

/** Builds it, unless there is one; undefined in AWS, where others keep it, and a count a second were dear to all. */
export async function openPageIndex({ client, environment }: Database): Promise<PageIndex | undefined> {
  if (isAws(environment.AWS_ENDPOINT_URL_DYNAMODB)) return undefined;
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

/** Whatever writes to the table, pages are right a second or so later. */
export async function keepAuditing(index: PageIndex): Promise<never> {
  for (;;) {
    await sleep(1000);
    await auditNext(index, MAX_UNITS).catch((error: Error) => console.error(`page index: ${error.message}`));
  }
}
