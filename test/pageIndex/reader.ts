import assert from 'node:assert/strict';
import type { Sender } from '../../lib/dynamodb/session';
import { RefusedError, UnavailableError } from '../../lib/errors';
import { type End, listInstances } from '../../lib/instances/listInstances';
import { Notes } from '../../lib/instances/notes';
import { DamagedIndexError } from '../../lib/pageIndex/format';
import type { SeenNodes } from '../../lib/pageIndex/seenNodes';
import type { PageIndex } from '../../lib/pageIndex/store';
import { createTrace } from '../../lib/trace';
import { collect } from '../batches';
import { compareKeys, hasKey, toArray } from '../keys';
import { MAX_AGE, type Page, type Scenario } from './scenario';
import { INSTANCES, indexFor } from './smallIndex';
import { isInjected, type World } from './world';

/** A process of the list function, with what it remembers; each page is judged by all that happened meanwhile. */
export const read = (world: World, { steps, weather }: Scenario['readers'][number], seen: SeenNodes): Promise<void> =>
  world.run(weather, async (indexSender) => {
    const index = { ...indexFor(indexSender), seen };
    const sender = world.connect({ ...weather, faults: [] });
    for (const page of steps) {
      await world.turn();
      const since = world.dynamo.tick - MAX_AGE;
      const { ids, end, notes } = await list(sender, index, page);
      judgeFallbacks(world, since, notes);
      if (!page) judgeRows(world, since, ids);
      else {
        const isFromStart = page.offset === 0 || (end && end.total === undefined);
        judgePage(world, since, page, isFromStart ? madeSince(world, since) : uncounted(world, since), ids, end);
        judgeTotal(world, since, page.offset + ids.length, end);
      }
    }
  });

/** Asserts that a process that remembers nodes lists exactly the rows, now that every change is counted. */
export async function assertExactPage({ dynamo }: World, seen: SeenNodes, page: Page | undefined): Promise<void> {
  const sender = dynamo.connect();
  const { ids } = await list(sender, { ...indexFor(sender), seen }, page);
  const { offset = 0, limit = dynamo.keys.size } = page ?? {};
  assert.deepEqual(ids, toArray(dynamo.keys).slice(offset, offset + limit), `the page at ${offset}`);
}

async function list(sender: Sender, index: PageIndex, page: Page | undefined) {
  const notes = new Notes();
  const source = { sender, partition: INSTANCES, index, concurrency: 3, patienceMs: 50, notes, trace: createTrace() };
  const { batches } = listInstances(page && { ...page, number: 1 }, source);
  const read = await unlessEmpty(collect(batches));
  return { ids: read?.items.map(({ id }) => id) ?? [], end: read?.end, notes };
}

/** The index may fail only if a fault was injected, a node was being replaced, it was damaged or incomplete, or this machine is busy. */
function judgeFallbacks(world: World, since: number, notes: Notes): void {
  const isComplete = world.completeSince <= since;
  notes.report(createTrace(), {
    warn: (message, { error } = {}) => {
      if (message === 'damaged records were listed') return; // the model's rows have no uuid
      const isReplaced = error instanceof DamagedIndexError && /has been replaced/.test(error.message);
      const isLate = error instanceof UnavailableError && error.message === 'the page index is late';
      const isDamaged = error instanceof DamagedIndexError && (world.isVandalised || !isComplete);
      const isExpected = isInjected(error) || isReplaced || isLate || isDamaged;
      if (!isExpected) throw new Error(message, { cause: error });
    },
  });
}

function judgeTotal(world: World, since: number, end: number, { total, nextAfter }: Partial<End> = {}): void {
  if (total === undefined) return;
  assert(Math.abs(total - world.dynamo.keys.size) <= uncounted(world, since), 'the total is off');
  assert(nextAfter ? total > end : total === end, 'the total contradicts the page');
}

async function unlessEmpty<Result>(reading: Promise<Result>): Promise<Result | undefined> {
  try {
    return await reading;
  } catch (error) {
    assert(error instanceof RefusedError, error as Error);
    return undefined;
  }
}

/** @param mostOff how far off a page may start @param cut undefined: the page was reported as past the end */
function judgePage(
  world: World,
  since: number,
  { offset, limit }: Page,
  mostOff: number,
  ids: readonly string[],
  cut: End | undefined,
): void {
  const { keys } = world.dynamo;
  const [first, last] = [ids[0], ids.at(-1)];
  if (!cut || first === undefined || last === undefined) {
    assert(!cut && ids.length === 0, 'an empty page');
    assert(keys.size - mostOff <= offset, `page at ${offset} of ${keys.size} was reported as past the end`);
    return;
  }
  judgeRows(world, since, ids, { first, last });
  const rank = keys.upTo(first) - (hasKey(keys, first) ? 1 : 0);
  assert(Math.abs(rank - offset) <= mostOff, `page at ${offset} starts at ${rank}, ${mostOff} changes uncounted`);
  assert(cut.nextAfter ? ids.length === limit : ids.length <= limit, 'a wrong number of rows');
  assert(cut.nextAfter === undefined || cut.nextAfter === last, 'the next page does not follow this one');
  const { always, ever } = presence(world, since);
  const isAfter = (key: string) => compareKeys(key, last) > 0;
  assert(cut.nextAfter ? ever.some(isAfter) : !always.some(isAfter), 'wrong about whether another follows');
}

/** Between the first and the last row, none is invented, duplicated, out of order or missing. */
function judgeRows(
  world: World,
  since: number,
  ids: readonly string[],
  bounds?: { first: string; last: string },
): void {
  const { always, ever } = presence(world, since);
  assert(
    ids.every((id) => ever.includes(id)),
    'a row is invented',
  );
  assert(
    ids.every((id, i) => i === 0 || compareKeys(ids[i - 1] ?? '', id) < 0),
    'rows are duplicated or out of order',
  );
  const isWithin = (key: string) =>
    !bounds || (compareKeys(bounds.first, key) <= 0 && compareKeys(key, bounds.last) <= 0);
  const missing = always.filter((key) => isWithin(key) && !ids.includes(key));
  assert.deepEqual(missing, [], 'rows are missing');
}

/** Returns the keys that existed at all times since then, and those that existed at some time. */
function presence({ dynamo, initial }: World, since: number): { always: string[]; ever: string[] } {
  const before = new Set(initial);
  for (const { tick, eventName, key } of dynamo.changes) {
    if (tick > since) continue;
    if (eventName === 'REMOVE') before.delete(key);
    else before.add(key);
  }
  const later = dynamo.changes.filter(({ tick }) => tick > since);
  const removed = new Set(later.flatMap(({ eventName, key }) => (eventName === 'REMOVE' ? key : [])));
  const added = later.flatMap(({ eventName, key }) => (eventName === 'INSERT' ? key : []));
  return { always: [...before].filter((key) => !removed.has(key)), ever: [...before, ...added] };
}

/** Returns the number of changes that were not counted then or are missing in restored counts, and those made later. */
function uncounted({ dynamo, acknowledged, countedUntil }: World, since: number): number {
  if (countedUntil < 0) return Number.POSITIVE_INFINITY; // counts were invented
  const until = Math.min(since, countedUntil);
  return dynamo.changes.filter(
    ({ eventName }, i) => eventName !== 'MODIFY' && (acknowledged.get(i) ?? Number.POSITIVE_INFINITY) > until,
  ).length;
}

const madeSince = ({ dynamo }: World, since: number): number =>
  dynamo.changes.filter(({ eventName, tick }) => eventName !== 'MODIFY' && tick > since).length;
