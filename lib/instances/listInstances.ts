import { orLate } from '../deadline';
import { findPlace, readRoot, START } from '../pageIndex/find';
import { readBlocks } from '../pageIndex/segments';
import type { PageIndex } from '../pageIndex/store';
import { timed, timedBatches } from '../trace';
import { askIndex, type IndexAnswer, LATE } from './askIndex';
import type { Page } from './page';
import { readAll } from './readAll';
import { type Cut, readPage } from './readPage';
import type { Batches, Source } from './source';

/** Where a listing ended. */
export type End = {
  /** The `id` of the last instance; undefined where none follows it. */
  readonly nextAfter: string | undefined;
  /** How many instances the index counts, and at least as many as were seen; undefined: unknown, or not asked for. */
  readonly total: number | undefined;
};

/** A listing under way. */
export type Listing = {
  /** Throws RefusedError no-instances, page-out-of-range; UnavailableError rather than end early. */
  readonly batches: Batches<End>;
  /** How many instances the index counts, as soon as it has answered; undefined: unknown. Never rejects. */
  readonly total: Promise<number | undefined>;
};

/**
 * Lists every instance, or those of a page. The index is asked at once; the rows are read as batches are pulled. A page
 * `after` an instance is found without the index.
 */
export function listInstances(page: Page | undefined, source: Source): Listing {
  const { index, notes } = source;
  const asked = index && page?.after === undefined ? ask(index, page, source) : undefined;
  const batches = page ? listPage(page, source, asked) : listAll(source, asked);
  return {
    batches: notes.countInstances(batches),
    total: asked ? asked.then(({ total }) => total) : Promise.resolve(undefined),
  };
}

/** Asks for the place of a page; for the whole list, and the first page, only for the root and its total. */
function ask(index: PageIndex, page: Page | undefined, { trace, patienceMs }: Source): Promise<IndexAnswer> {
  const question = (): Promise<Partial<IndexAnswer>> =>
    !page || isFirst(page) ? readRoot(index) : findPlace(index, page.offset);
  return timed(trace, 'index', () => askIndex(question(), patienceMs));
}

/** Whether a page begins with the first row. What rows before another page cost, no page knows: each may have 400 KB. */
const isFirst = ({ offset }: Page): boolean => offset === 0;

async function* listAll(source: Source, asked: Promise<IndexAnswer> | undefined): Batches<End> {
  const findBlocks = async () => {
    const { index, patienceMs } = source;
    const root = asked && noteFailure(source, await asked).root;
    return index && root && noteFailure(source, await askIndex(readBlocks(index, root), patienceMs)).blocks;
  };
  yield* timedBatches(source.trace, 'page', readAll(source, findBlocks));
  return { nextAfter: undefined, total: undefined };
}

export const LATE_MS = 50; // how long a page that is ready waits for its total

/** The first page is read while the index is asked for the total; it goes out without one that is late. */
async function* listPage(page: Page, source: Source, asked: Promise<IndexAnswer> | undefined): Batches<End> {
  const { index, trace, patienceMs } = source;
  const found = index && asked && !isFirst(page) ? noteFailure(source, await asked) : undefined;
  const start = page.after === undefined ? START : { after: page.after, rank: page.offset };
  let read: Cut;
  try {
    read = yield* timedBatches(trace, 'page', readPage(source, page, found?.place ?? start));
  } catch (error) {
    const answer = await Promise.race([asked, undefined]); // if there is one by now
    if (answer && !found) noteFailure(source, answer);
    throw error;
  }
  const answer = found ?? (asked && noteFailure(source, await orLate(Math.min(LATE_MS, patienceMs), asked, LATE)));
  const total = answer?.total;
  return {
    nextAfter: read.hasNext ? read.lastId : undefined,
    total: total === undefined ? undefined : totalSeen(total, page.offset + read.count, read.hasNext),
  };
}

function noteFailure({ notes }: Source, answer: IndexAnswer): IndexAnswer {
  if (answer.failure !== undefined) notes.addFallback(answer.failure);
  return answer;
}

/** The index lags behind the rows: its total must not contradict what the page has shown. */
const totalSeen = (total: number, end: number, hasNext: boolean): number => (hasNext ? Math.max(total, end + 1) : end);
