import type { Partition } from '../dynamodb/partition';
import type { Sender } from '../dynamodb/session';
import { UnavailableError } from '../errors';
import type { Log } from '../log';
import { findPlace, type Place, readTotal, START } from '../pageIndex/find';
import { SHAPE } from '../pageIndex/node';
import type { PageIndex } from '../pageIndex/store';
import { type Trace, timed } from '../trace';
import type { LambdaInstance } from './lambdaInstance';
import type { Page } from './page';
import { readPage } from './readPage';

/** Where lambda instances are read from, and where it is noted what that came to. */
export type Source = {
  readonly sender: Sender;
  readonly partition: Partition;
  /** Absent: pages are found by skipping from the first row, and the total is not known. */
  readonly index: PageIndex | undefined;
  readonly trace: Trace;
  readonly log: Pick<Log, 'warn'>;
};

export type Listing = {
  /** Whether an instance follows the last one handed over. */
  readonly hasNext: boolean;
  /** As far as the index knows, but never less than what was seen; undefined without an index. */
  readonly total: number | undefined;
};

export type Accept = (batch: readonly LambdaInstance[]) => Promise<void>;

/**
 * Hands over every instance, or those of a page, in ascending order of `id`, batch by batch.
 *
 * @throws RefusedError no-instances, page-out-of-range
 */
export async function listInstances(page: Page | undefined, source: Source, accept: Accept): Promise<Listing> {
  const { trace, log } = source;
  const damagedIds: string[] = [];
  const listing = await listPage(page, source, (batch) => {
    trace.items += batch.length;
    for (const { id } of batch.filter(({ isDamaged }) => isDamaged)) {
      trace.damagedRecords += 1;
      if (damagedIds.length < 10) damagedIds.push(id);
    }
    return accept(batch);
  });
  if (damagedIds.length > 0) log.warn('damaged records were listed', { ids: damagedIds });
  return listing;
}

/**
 * A page far from the first row is found by the index. Near it, the index is asked for the total only, side by side with
 * the read; if it is late or fails, the page goes out without.
 */
async function listPage(page: Page | undefined, source: Source, accept: Accept): Promise<Listing> {
  const { sender, partition, index, trace } = source;
  const read = (place: Place) => timed(trace, 'page', () => readPage(sender, partition, page, place, accept));
  if (!page || !index) return { hasNext: (await read(START)).hasNext, total: undefined };
  const isNear = page.offset <= SHAPE.rows;
  const lookup = timed(trace, 'index', () => lookUp(index, page.offset, isNear));
  const found = isNear ? undefined : noteFailure(source, await lookup);
  const { count, hasNext } = await read(found?.place ?? START);
  const { total } = found ?? noteFailure(source, await within(LATE_MS, lookup, LATE));
  return { hasNext, total: total === undefined ? undefined : totalSeen(total, page.offset + count, hasNext) };
}

function noteFailure({ trace, log }: Source, lookup: Lookup): Lookup {
  if (lookup.failure !== undefined) {
    trace.indexFallbacks += 1;
    log.warn('the page index did not help', { error: lookup.failure });
  }
  return lookup;
}

type Lookup = { readonly place: Place; readonly total: number | undefined; readonly failure?: unknown };

/** Never rejects, nor takes long: what the index cannot tell, the rows themselves can. */
function lookUp(index: PageIndex, offset: number, isTotalEnough: boolean): Promise<Lookup> {
  const found: Promise<Lookup> = isTotalEnough
    ? readTotal(index).then((total) => ({ place: START, total }))
    : findPlace(index, offset);
  const orStart = found.catch((failure: unknown) => ({ place: START, total: undefined, failure }));
  return within(INDEX_MS, orStart, LATE);
}

const INDEX_MS = 1_000; // a read takes some 5 ms; to wait longer is worse than to skip rows
const LATE_MS = 50; // what a page that is ready waits for its total
const LATE: Lookup = { place: START, total: undefined, failure: new UnavailableError('the page index is late') };

async function within<Result>(ms: number, promise: Promise<Result>, otherwise: Result): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Result>((resolve) => {
    timer = setTimeout(resolve, ms, otherwise);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The index lags behind the rows: it may not contradict what the page has shown. */
const totalSeen = (total: number, end: number, hasNext: boolean): number => (hasNext ? Math.max(total, end + 1) : end);
