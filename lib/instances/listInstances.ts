import { orLate } from '../deadline';
import { findPlace, readRoot } from '../pageIndex/find';
import { type Place, START } from '../pageIndex/node';
import { readBlocks } from '../pageIndex/segments';
import type { PageIndex } from '../pageIndex/store';
import { nowMs, timed, timedBatches } from '../trace';
import { askIndex, type IndexAnswer, LATE } from './askIndex';
import type { Page } from './page';
import { readAll } from './readAll';
import { type Cut, isNear, readPage } from './readPage';
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
  /** The total as this process last saw it; infinite: it has not asked before; undefined: unknown, or not asked. */
  readonly lastTotal: number | undefined;
};

/**
 * Lists every instance, or those of a page. Asks the index at once, and reads rows as batches are pulled. A page `after`
 * an instance needs no index.
 */
export function listInstances(page: Page | undefined, source: Source): Listing {
  const { index, notes } = source;
  const asked = index && page?.after === undefined ? ask(index, page, source) : undefined;
  const batches = page ? listPage(page, source, asked) : listAll(source, asked);
  return {
    batches: notes.countInstances(batches),
    total: asked ? asked.answer.then(({ total }) => total) : Promise.resolve(undefined),
    lastTotal: asked && index?.seen?.total,
  };
}

type Question = {
  readonly answer: Promise<IndexAnswer>;
  /** Where the page was when this process last read its nodes. */
  readonly guess: Place | undefined;
};

/** Looks up the place of a page; for the whole list and the first page, only the root with its total. */
function ask(index: PageIndex, page: Page | undefined, { trace, patienceMs }: Source): Question {
  const { seen } = index;
  const offset = page?.offset ?? 0; // other pages than the first use the index: rows before them may have 400 KB each
  const guess = offset > 0 ? seen?.guess(offset) : undefined;
  const look = (): Promise<Partial<IndexAnswer>> => (offset > 0 ? findPlace(index, offset, guess) : readRoot(index));
  const answer = timed(trace, 'index', () => askIndex(look(), patienceMs)).finally(() => {
    if (seen) seen.isAsked = true;
  });
  return { answer, guess: guess?.place };
}

async function* listAll(source: Source, asked: Question | undefined): Batches<End> {
  const findBlocks = async () => {
    const { index, patienceMs } = source;
    const root = asked && noteFailure(source, await asked.answer).root;
    return index && root && noteFailure(source, await askIndex(readBlocks(index, root), patienceMs)).blocks;
  };
  yield* timedBatches(source.trace, 'page', readAll(source, findBlocks));
  return { nextAfter: undefined, total: undefined };
}

export const LATE_MS = 50; // how long a ready page waits for its total

/**
 * Reads the first page while the index looks up the total; returns without a total that is late. Reads any other page
 * from the place that the index names, or from the guessed one before the index has confirmed it.
 */
async function* listPage(page: Page, source: Source, asked: Question | undefined): Batches<End> {
  const { trace, patienceMs } = source;
  const startMs = nowMs();
  const guess = asked?.guess && isNear(page, asked.guess) ? asked.guess : undefined; // a mistake costs one query
  const early = guess && startEarly(readPage(source, page, guess));
  const found = asked && page.offset > 0 ? noteFailure(source, await asked.answer) : undefined;
  const start = page.after === undefined ? START : { after: page.after, rank: page.offset };
  let read: Cut;
  try {
    read =
      early && found?.isAsGuessed
        ? yield* timedBatches(trace, 'page', early, startMs)
        : yield* timedBatches(trace, 'page', readPage(source, page, found?.place ?? start));
  } catch (error) {
    const answer = await Promise.race([asked?.answer, undefined]); // undefined unless already there
    if (answer && !found) noteFailure(source, answer);
    throw error;
  }
  const answer =
    found ?? (asked && noteFailure(source, await orLate(Math.min(LATE_MS, patienceMs), asked.answer, LATE)));
  const total = answer?.total;
  return {
    nextAfter: read.hasNext ? read.lastId : undefined,
    total: total === undefined ? undefined : totalSeen(total, page.offset + read.count, read.hasNext),
  };
}

/** Pulls the first batch at once. If the batches are not wanted, neither is its failure. */
function startEarly<End>(batches: Batches<End>): Batches<End> {
  const first = batches.next();
  first.catch(() => {});
  return continued(first, batches);
}

async function* continued<End>(first: ReturnType<Batches<End>['next']>, batches: Batches<End>): Batches<End> {
  const step = await first;
  if (step.done) return step.value;
  yield step.value;
  return yield* batches;
}

function noteFailure({ notes }: Source, answer: IndexAnswer): IndexAnswer {
  if (answer.failure !== undefined) notes.addFallback(answer.failure);
  return answer;
}

/** Raises a lagging index's total to the rows that the page has shown. */
const totalSeen = (total: number, end: number, hasNext: boolean): number => (hasNext ? Math.max(total, end + 1) : end);
