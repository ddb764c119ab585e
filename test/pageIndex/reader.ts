import assert from 'node:assert/strict';
import { RefusedError } from '../../lib/errors';
import { readAll } from '../../lib/instances/readAll';
import { readPage } from '../../lib/instances/readPage';
import { createLog } from '../../lib/log';
import { findPlace, START } from '../../lib/pageIndex/find';
import { DamagedIndexError } from '../../lib/pageIndex/format';
import type { Entry } from '../../lib/pageIndex/node';
import { readBlocks } from '../../lib/pageIndex/segments';

import { createTrace } from '../../lib/trace';
import { compareKeys, hasKey } from '../keys';
import { MAX_AGE, type Page, type Scenario } from './scenario';
import { INSTANCES, indexFor } from './smallIndex';
import { isInjected, type World } from './world';

/** Reads as the list function does, and judges each page by all that happened meanwhile. */
export const read = (world: World, { steps, weather }: Scenario['readers'][number]): Promise<void> =>
  world.run(weather, async (indexSender) => {
    const index = indexFor(indexSender);
    const sender = world.connect({ ...weather, faults: [] });
    for (const page of steps) {
      await world.turn();
      const since = world.dynamo.tick - MAX_AGE;
      const ids: string[] = [];
      const accept = async (batch: readonly { id: string }[]) => void ids.push(...batch.map(({ id }) => id));
      if (page) {
        const { place, total } = await ask(world, since, findPlace(index, page.offset), { place: START, total: -1 });
        if (total >= 0) assert(Math.abs(total - world.dynamo.keys.size) <= uncounted(world, since), 'the total is off');
        const source = { sender, partition: INSTANCES };
        const cut = await unlessEmpty(readPage(source, { ...page, number: 1 }, place, accept));
        judgePage(world, since, page, place === START ? madeSince(world, since) : uncounted(world, since), ids, cut);
      } else {
        const source = {
          sender,
          partition: INSTANCES,
          index,
          concurrency: 3,
          trace: createTrace(),
          log: createLog('silent'),
        };
        const findBlocks = async () =>
          (await ask<{ blocks: readonly Entry[] | undefined }>(world, since, readBlocks(index), { blocks: undefined }))
            .blocks;
        await unlessEmpty(readAll(source, findBlocks, accept));
        judgeRows(world, since, ids);
      }
    }
  });

/** What the index tells; it may fail only where a fault was injected, or where it was not complete. */
async function ask<Told>(world: World, since: number, question: Promise<Told>, otherwise: Told): Promise<Told> {
  try {
    return await question;
  } catch (error) {
    const isComplete = world.completeSince <= since;
    assert(isInjected(error) || (error instanceof DamagedIndexError && !isComplete), error as Error);
    return otherwise;
  }
}

async function unlessEmpty<Result>(reading: Promise<Result>): Promise<Result | undefined> {
  try {
    return await reading;
  } catch (error) {
    assert(error instanceof RefusedError, error as Error);
    return undefined;
  }
}

/** `mostOff`: how many places off a page may start; `cut` undefined: the page was said to lie past the end. */
function judgePage(
  world: World,
  since: number,
  { offset, limit }: Page,
  mostOff: number,
  ids: readonly string[],
  cut: { hasNext: boolean } | undefined,
): void {
  const { keys } = world.dynamo;
  const [first, last] = [ids[0], ids.at(-1)];
  if (!cut || first === undefined || last === undefined) {
    assert(!cut && ids.length === 0, 'an empty page');
    assert(keys.size - mostOff <= offset, `page at ${offset} of ${keys.size} was said to lie past the end`);
    return;
  }
  judgeRows(world, since, ids, { first, last });
  const rank = keys.upTo(first) - (hasKey(keys, first) ? 1 : 0);
  assert(Math.abs(rank - offset) <= mostOff, `page at ${offset} starts at ${rank}, ${mostOff} changes uncounted`);
  assert(cut.hasNext ? ids.length === limit : ids.length <= limit, 'not as many rows as asked for');
  const { always, ever } = presence(world, since);
  const isBehind = (key: string) => compareKeys(key, last) > 0;
  assert(cut.hasNext ? ever.some(isBehind) : !always.some(isBehind), 'wrong about whether another follows');
}

/** No row is invented, doubled, out of order, or missing, between the first and the last. */
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
    'rows are doubled, or out of order',
  );
  const isWithin = (key: string) =>
    !bounds || (compareKeys(bounds.first, key) <= 0 && compareKeys(key, bounds.last) <= 0);
  const missing = always.filter((key) => isWithin(key) && !ids.includes(key));
  assert.deepEqual(missing, [], 'rows are missing');
}

/** Keys that were there at all times since then, and those that were there at some time. */
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

/** Changes that were not counted then, and those made later. */
const uncounted = ({ dynamo, acknowledged }: World, since: number): number =>
  dynamo.changes.filter(
    ({ eventName }, i) => eventName !== 'MODIFY' && (acknowledged.get(i) ?? Number.POSITIVE_INFINITY) > since,
  ).length;

const madeSince = ({ dynamo }: World, since: number): number =>
  dynamo.changes.filter(({ eventName, tick }) => eventName !== 'MODIFY' && tick > since).length;
