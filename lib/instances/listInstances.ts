import { RefusedError } from '../errors';
import { findPlace, type Place, readTotal, START } from '../pageIndex/find';
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
  const noting: Accept = (batch) => {
    source.notes.addInstances(batch);
    return accept(batch);
  };
  return page ? listPage(page, source, noting) : listAll(source, noting);
}

async function listAll(source: Source, accept: Accept): Promise<Listing> {
  const { index, trace, patienceMs } = source;
  const asked = index && timed(trace, 'index', () => ask(readBlocks(index), patienceMs));
  const findBlocks = async () => asked && noteFailure(source, await asked).blocks;
  await timed(trace, 'page', () => readAll(source, findBlocks, accept)).catch(async (error: unknown) => {
    throw await withTotal(error, asked);
  });
  return { hasNext: false, total: undefined };
}

const LATE_MS = 50; // what a page that is ready waits for its total

/**
 * A page far from the first row is found by the index. Near it, the index is asked for the total only, side by side with
 * the read; if it is late or fails, the page goes out without.
 */
async function listPage(page: Page, source: Source, accept: Accept): Promise<Listing> {
  const { index, trace, patienceMs } = source;
  const read = (place: Place) => timed(trace, 'page', () => readPage(source, page, place, accept));
  if (!index) return { hasNext: (await read(START)).hasNext, total: undefined };
  const isNear = page.offset <= index.shape.rows;
  const question = isNear ? readTotal(index).then((total) => ({ total })) : findPlace(index, page.offset);
  const asked = timed(trace, 'index', () => ask(question, patienceMs));
  const known = isNear ? undefined : noteFailure(source, await asked);
  const { count, hasNext } = await read(known?.place ?? START).catch(async (error: unknown) => {
    const told = await Promise.race([asked, undefined]); // what is known by now, without waiting
    if (told && !known) noteFailure(source, told);
    throw await withTotal(error, asked);
  });
  const { total } = known ?? noteFailure(source, await orLate(asked, Math.min(LATE_MS, patienceMs)));
  return { hasNext, total: total === undefined ? undefined : totalSeen(total, page.offset + count, hasNext) };
}

function noteFailure({ notes }: Source, told: Told): Told {
  if (told.failure !== undefined) notes.addFallback(told.failure);
  return told;
}

/** A list that is too large is refused together with how many instances there are, if that is known; no other error waits. */
async function withTotal(error: unknown, asked: Promise<Told> | undefined): Promise<unknown> {
  if (!(error instanceof RefusedError && error.refusal === 'response-too-large')) return error;
  const total = asked && (await orLate(asked, LATE_MS)).total;
  return total === undefined ? error : new RefusedError(error.refusal, error.message, { total });
}

/** The index lags behind the rows: it may not contradict what the page has shown. */
const totalSeen = (total: number, end: number, hasNext: boolean): number => (hasNext ? Math.max(total, end + 1) : end);
