import { type Extent, RefusedError } from '../errors';
import { findPlace, readTotal, START } from '../pageIndex/find';
import { SHAPE } from '../pageIndex/node';
import { readBlocks } from '../pageIndex/segments';
import { timed } from '../trace';
import { ask, orLate, type Told } from './askIndex';
import type { Page } from './page';
import { readAll } from './readAll';
import { readPage } from './readPage';
import type { Accept, Source } from './source';

export type Listing = {
  /** Whether an instance follows the last one handed over. */
  readonly hasNext: boolean;
  /** As far as the index knows, but never less than what was seen; undefined without an index, or a page. */
  readonly total: number | undefined;
};

/**
 * Hands over every instance, or those of a page, in ascending order of `id`, batch by batch.
 *
 * @throws RefusedError no-instances, page-out-of-range, and what `accept` throws
 */
export async function listInstances(page: Page | undefined, source: Source, accept: Accept): Promise<Listing> {
  const { trace, log } = source;
  const damagedIds: string[] = [];
  const noting: Accept = (batch) => {
    trace.items += batch.length;
    for (const { id } of batch.filter(({ isDamaged }) => isDamaged)) {
      trace.damagedRecords += 1;
      if (damagedIds.length < 10) damagedIds.push(id);
    }
    return accept(batch);
  };
  const listing = page ? await listPage(page, source, noting) : await listAll(source, noting);
  if (damagedIds.length > 0) log.warn('damaged records were listed', { ids: damagedIds });
  return listing;
}

async function listAll(source: Source, accept: Accept): Promise<Listing> {
  const { index, trace } = source;
  const asked = index && timed(trace, 'index', () => ask(readBlocks(index)));
  const findBlocks = async () => asked && noteFailure(source, await asked).blocks;
  await timed(trace, 'page', () => readAll(source, findBlocks, accept)).catch(async (error: unknown) => {
    throw withExtent(error, { total: (await asked)?.total });
  });
  return { hasNext: false, total: undefined };
}

const LATE_MS = 50; // what a page that is ready waits for its total

/**
 * A page far from the first row is found by the index. Near it, the index is asked for the total only, side by side with
 * the read; if it is late or fails, the page goes out without.
 */
async function listPage(page: Page, source: Source, accept: Accept): Promise<Listing> {
  const { index, trace } = source;
  if (!index) return { ...(await timed(trace, 'page', () => readPage(source, page, START, accept))), total: undefined };
  const isNear = page.offset <= SHAPE.rows;
  const asked = timed(trace, 'index', () =>
    ask(isNear ? readTotal(index).then((total) => ({ total })) : findPlace(index, page.offset)),
  );
  const known = isNear ? undefined : noteFailure(source, await asked);
  const { count, hasNext } = await timed(trace, 'page', () => readPage(source, page, known?.place ?? START, accept));
  const { total } = known ?? noteFailure(source, await orLate(asked, LATE_MS));
  return { hasNext, total: total === undefined ? undefined : totalSeen(total, page.offset + count, hasNext) };
}

function noteFailure({ trace, log }: Source, told: Told): Told {
  if (told.failure !== undefined) {
    trace.indexFallbacks += 1;
    log.warn('the page index did not help', { error: told.failure });
  }
  return told;
}

/** A refusal that knows how many instances there are, if it can be known. */
const withExtent = (error: unknown, extent: Extent): unknown =>
  error instanceof RefusedError && error.refusal === 'response-too-large' && extent.total !== undefined
    ? new RefusedError(error.refusal, error.message, extent)
    : error;

/** The index lags behind the rows: it may not contradict what the page has shown. */
const totalSeen = (total: number, end: number, hasNext: boolean): number => (hasNext ? Math.max(total, end + 1) : end);
