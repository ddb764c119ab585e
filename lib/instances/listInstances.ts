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

/** The end of a listing. */
export type End = {
  /** The `id` of the last instance; undefined if none follows it. */
  readonly nextAfter: string | undefined;
  /** The number of instances by the index, at least as many as were seen; undefined: unknown or not requested. */
  readonly total: number | undefined;
};

/** A listing in progress. */
export type Listing = {
  /** Throws RefusedError no-instances, page-out-of-range; UnavailableError rather than end early. */
  readonly batches: Batches<End>;
  /** The number of instances by the index, once it has answered; undefined: unknown. Never rejects. */
  readonly total: Promise<number | undefined>;
};

/**
 * Lists every instance, or those of a page. Queries the index at once, and reads rows as batches are pulled. A page
 * `after` an instance needs no index.
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

/** Looks up the place of a page; for the whole list and the first page, only the root with its total. */
function ask(index: PageIndex, page: Page | undefined, { trace, patienceMs }: Source): Promise<IndexAnswer> {
  const question = (): Promise<Partial<IndexAnswer>> =>
    !page || isFirst(page) ? readRoot(index) : findPlace(index, page.offset);
  return timed(trace, 'index', () => askIndex(question(), patienceMs));
}

/** Whether a page begins with the first row. Other pages use the index: rows before them may have 400 KB each. */
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

export const LATE_MS = 50; // how long a ready page waits for its total

/** Reads the first page while the index looks up the total; returns without a total that is late. */
async function* listPage(page: Page, source: Source, asked: Promise<IndexAnswer> | undefined): Batches<End> {
  const { index, trace, patienceMs } = source;
  const found = index && asked && !isFirst(page) ? noteFailure(source, await asked) : undefined;
  const start = page.after === undefined ? START : { after: page.after, rank: page.offset };
  let read: Cut;
  try {
    read = yield* timedBatches(trace, 'page', readPage(source, page, found?.place ?? start));
  } catch (error) {
    const answer = await Promise.race([asked, undefined]); // undefined unless already there
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

/** Raises a lagging index's total to the rows that the page has shown. */
const totalSeen = (total: number, end: number, hasNext: boolean): number => (hasNext ? Math.max(total, end + 1) : end);
