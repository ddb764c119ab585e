import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readPage } from '../../lib/instances/readPage';
import { findPlace } from '../../lib/pageIndex/find';
import type { Entry } from '../../lib/pageIndex/node';
import { SeenNodes } from '../../lib/pageIndex/seenNodes';
import type { PageIndex } from '../../lib/pageIndex/store';
import { auditNext } from '../../lib/pageIndex/upkeep/audit';
import { verify } from '../../lib/pageIndex/upkeep/verify';
import { walkLeaves } from '../../lib/pageIndex/upkeep/walk';
import { collect } from '../batches';
import { toArray } from '../keys';
import { rebuildAll } from '../rebuildAll';
import { audit, build, check, drain, maintain, vandalise, write } from './actors';
import { assertExactPage, read } from './reader';
import { type Scenario, scenario } from './scenario';
import { INSTANCES, indexFor } from './smallIndex';
import { assertTree } from './tree';
import { World } from './world';

/**
 * In any interleaving, pages are off by at most the changes not yet counted; once every change is acknowledged, the index
 * is exact. A damaged index is exact after two rounds of audits.
 *
 * @param sizes the sizes of rows, in bytes; fewer sizes reveal some mistakes sooner
 */
export const convergence = (sizes?: readonly number[]) => fc.asyncProperty(fc.scheduler(), scenario(sizes), converges);

async function converges(scheduler: fc.Scheduler, plan: Scenario): Promise<void> {
  const world = new World(scheduler, plan);
  if (plan.isIndexed) await rebuildAll(indexFor(world.connectAtOnce()));
  const readers = plan.readers.map((reader) => ({ reader, seen: new SeenNodes(MAX_SEEN) }));
  const all = [
    ...plan.writers.map((writer) => write(world, writer)),
    ...plan.maintainers.map((maintainer) => maintain(world, maintainer)),
    ...plan.audits.map((auditor) => audit(world, auditor)),
    ...plan.rebuilds.map((rebuilder) => build(world, rebuilder)),
    ...plan.verifiers.map((verifier) => check(world, verifier)),
    ...readers.map(({ reader, seen }) => read(world, reader, seen)),
    vandalise(world, plan.vandalism.blows),
    ...plan.vandalism.audits.map((auditor) => audit(world, auditor)),
  ];
  await scheduler.waitFor(Promise.all(all));
  await scheduler.waitFor(drain(world));
  await scheduler.waitIdle(); // for calls of crashed actors that are still under way
  if (world.isVandalised) await assertReadable(world);
  if (world.isVandalised || world.completeSince === Number.POSITIVE_INFINITY) await heal(world);
  for (const { reader, seen } of readers) {
    for (const page of reader.steps) {
      await assertExactPage(world, seen, page);
      await scheduler.waitFor(removeFirst(world).then(() => drain(world))); // the page's place keeps its key, or not
      await assertExactPage(world, seen, page);
    }
  }
  await assertExact(world);
}

function removeFirst(world: World): Promise<void> {
  const keys = toArray(world.dynamo.keys).slice(0, 1);
  return write(world, [{ kind: 'delete', manner: 'single', keys, bytes: 0 }]);
}

const MAX_SEEN = 30; // entries: readers forget some nodes

/** Asserts that pages are exact before the index has healed, unless it has counts that were restored or invented. */
async function assertReadable(world: World): Promise<void> {
  if (world.countedUntil !== Number.POSITIVE_INFINITY) return;
  const { size } = world.dynamo.keys;
  for (let offset = 0; offset < size; offset += Math.ceil(size / SAMPLES)) {
    await assertExactPage(world, new SeenNodes(MAX_SEEN), { offset, limit: LIMIT });
  }
}

const SAMPLES = 12; // pages

/** Heals the index by audits alone. */
async function heal(world: World): Promise<void> {
  const index = world.indexFor(world.dynamo.connect());
  await auditRound(index);
  await auditRound(index);
  for await (const { drifts } of verify(index, async () => {})) assert.deepEqual(drifts, []);
}

async function assertExact(world: World): Promise<void> {
  const { dynamo } = world;
  const index = world.indexFor(dynamo.connect());
  await assertTree(index, dynamo.keys, { isTidy: false });
  await assertPages(index, toArray(dynamo.keys));
  const unitsOf = (keys: readonly string[]) => readUnitsOf(keys.map((key) => dynamo.bytesOf(key)));
  let before = '';
  await auditRound(index); // the rest of the present round
  for (let rounds = 1; ; rounds += 1) {
    await auditRound(index);
    await assertTree(index, dynamo.keys, { isTidy: false, isCut: true, unitsOf });
    const now = JSON.stringify(await blocksOf(index));
    if (now === before) break;
    assert(rounds < MAX_ROUNDS, 'blocks are cut and joined endlessly');
    before = now;
  }
  await assertTree(index, dynamo.keys, { isTidy: true, unitsOf });
}

/** The first one cuts; the cost of several small blocks is known only after they are joined, so that more can join then. */
const MAX_ROUNDS = 6;
const MAX_RUNS = 500; // many times the longest round

const readUnitsOf = (bytes: readonly number[]): number =>
  Math.max(1, Math.ceil(bytes.reduce((sum, own) => sum + own, 0) / 4_096));

async function auditRound(index: PageIndex): Promise<void> {
  for (let runs = 1; ; runs += 1) {
    const { isRoundComplete, healedRows } = await auditNext(index, { units: 6, healingUnits: 6 });
    if (isRoundComplete && healedRows === undefined) return;
    assert(runs < MAX_RUNS, 'a round of audits does not end');
  }
}

async function blocksOf(index: PageIndex): Promise<Entry[]> {
  const blocks: Entry[] = [];
  for await (const { entries } of walkLeaves(index)) blocks.push(...entries);
  return blocks;
}

const LIMIT = 4;

async function assertPages(index: PageIndex, ids: readonly string[]): Promise<void> {
  for (let offset = 0; offset <= ids.length; offset += 1) {
    const { place, total, failure } = await findPlace(index, offset);
    assert.deepEqual({ total, failure }, { total: ids.length, failure: undefined });
    assert(place.rank <= offset, 'a place after the page');
    assert(offset === ids.length || offset - place.rank < index.shape.maxRows, 'a place far from the page');
    const source = { sender: index.sender, partition: INSTANCES };
    const reading = collect(readPage(source, { offset, limit: LIMIT, number: 1 }, place));
    if (offset === ids.length) {
      await assert.rejects(reading, { name: 'RefusedError' });
    } else {
      const { items, end } = await reading;
      assert.equal(end.hasNext, offset + LIMIT < ids.length);
      const found = items.map(({ id }) => id);
      assert.deepEqual(found, ids.slice(offset, offset + LIMIT), `the page at ${offset}`);
    }
  }
}
