import type { Partition } from '../dynamodb/partition';
import type { Sender } from '../dynamodb/session';
import { UnavailableError } from '../errors';
import { findPlace, type Place, readTotal, START } from '../pageIndex/find';
import { SHAPE } from '../pageIndex/node';
import type { PageIndex } from '../pageIndex/store';
import type { LambdaInstance } from './lambdaInstance';
import type { Page } from './page';
import { readPage } from './readPage';

/** Where lambda instances are read from. */
export type Source = {
  readonly sender: Sender;
  readonly partition: Partition;
  /** Absent: pages are found by skipping from the first row, and the total is not known. */
  readonly index: PageIndex | undefined;
  /** Told when there is an index that did not help: the page is read exactly without it. */
  readonly onFallback: (error: unknown) => void;
};

/** What was handed over, and where it stands in the whole. */
export type Listing = {
  readonly hasNext: boolean;
  /** As far as the index knows, but never less than what was seen. */
  readonly total: number | undefined;
};

type Accept = (batch: readonly LambdaInstance[]) => Promise<void>;

/**
 * Hands over every instance, or those of a page, in ascending order of `id`.
 *
 * A page far from the first row is found by the index; near it, the index is asked for the total only, side by side.
 *
 * @throws RefusedError no-instances, page-out-of-range
 */
export async function listInstances(page: Page | undefined, source: Source, accept: Accept): Promise<Listing> {
  const { sender, partition, index, onFallback } = source;
  if (!page || !index) {
    const { hasNext } = await readPage(sender, partition, page, START, accept);
    return { hasNext, total: undefined };
  }
  const isNear = page.offset <= SHAPE.rows;
  const lookup = lookUp(index, page.offset, isNear);
  const early = isNear ? undefined : await lookup;
  if (early?.failure !== undefined) onFallback(early.failure);
  const { count, hasNext } = await readPage(sender, partition, page, early?.place ?? START, accept);
  const { total, failure } = early ?? (await within(LATE_MS, lookup, LATE));
  if (!early && failure !== undefined) onFallback(failure);
  return { hasNext, total: total === undefined ? undefined : totalSeen(total, page.offset + count, hasNext) };
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
