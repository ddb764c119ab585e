import { DeleteItemCommand, PutItemCommand, type QueryCommand, ThrottlingException } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { collect } from '../../test/batches';
import { inTurns } from '../../test/inTurns';
import { sortedKeys } from '../../test/keys';
import { byRows } from '../../test/pageIndex/smallIndex';
import { rebuildAll } from '../../test/rebuildAll';
import { type Carry, SimulatedDynamo } from '../../test/simulatedDynamo';
import { RefusedError, UnavailableError } from '../errors';
import { SeenNodes } from '../pageIndex/seenNodes';
import { createRoot, pageIndexOf } from '../pageIndex/store';
import { recount } from '../pageIndex/upkeep/recount';
import { createTrace, type Trace } from '../trace';
import { listInstances } from './listInstances';
import { Notes } from './notes';
import type { Page } from './page';
import { instancesIn } from './source';

const ROWS = instancesIn('instances');
const SMALL = byRows({ rows: 3, minRows: 1, maxRows: 5, entries: 20, minEntries: 5, maxEntries: 40 });

const toRow = (key: string) => ({ collection: { S: 'lambda-instances' }, id: { N: key }, uuid: { N: key } });

/** Ids with gaps, each row so large that a chunk of "1 MB" holds ten. */
const tableOf = (ids: readonly number[]) =>
  new SimulatedDynamo({ rows: ROWS, keys: sortedKeys(ids.map(String)), toRow, rowBytes: 100_000 });

const pageOf = (limit: number, number: number): Page => ({ limit, number, offset: (number - 1) * limit });

async function list(
  dynamo: SimulatedDynamo,
  page: Page | undefined,
  {
    carry,
    concurrency = 4,
    hasIndex = true,
    patienceMs = 200,
    trace = createTrace(),
    seen = new SeenNodes(),
  }: Options = {},
) {
  const sender = dynamo.connect(carry);
  const index = hasIndex ? { ...pageIndexOf(sender, 'index', ROWS, SMALL), seen } : undefined;
  const log = { warn: jest.fn() };
  const notes = new Notes();
  const source = { sender, partition: ROWS, index, concurrency, patienceMs, trace, notes };
  const { batches, total } = listInstances(page, source);
  const { items, end } = await collect(batches).finally(() => notes.report(trace, log));
  const ids = items.map(({ id }) => Number(id));
  return { ids, trace, warnings: log.warn.mock.calls.length, totalAtFirst: await total, ...end };
}

type Options = {
  carry?: Carry;
  concurrency?: number;
  hasIndex?: boolean;
  patienceMs?: number;
  trace?: Trace;
  seen?: SeenNodes;
};

async function build(dynamo: SimulatedDynamo): Promise<void> {
  await rebuildAll(pageIndexOf(dynamo.connect(), 'index', ROWS, SMALL));
}

const startOf = (command: unknown): string | undefined => (command as QueryCommand).input.ExclusiveStartKey?.id?.N;

const putRow = (id: string) => new PutItemCommand({ TableName: 'instances', Item: toRow(id) });

const deleteRow = (id: string) => new DeleteItemCommand({ TableName: 'instances', Key: { id: { N: id } } });

const isOfTable = (command: unknown, table: string): boolean =>
  (command as { input: { TableName?: string } }).input.TableName === table;

describe('listInstances', () => {
  it('lists everything and every page as sorting and slicing would, with and without an index', async () => {
    const ids = fc.uniqueArray(fc.integer({ min: -500, max: 500 }), { minLength: 1, maxLength: 120 });
    await fc.assert(
      fc.asyncProperty(ids, fc.integer({ min: 1, max: 130 }), fc.boolean(), async (unsorted, limit, hasIndex) => {
        const all = unsorted.toSorted((a, b) => a - b);
        const dynamo = tableOf(all);
        if (hasIndex) await build(dynamo);
        const listed = { ids: all, nextAfter: undefined, total: undefined, warnings: 0 };
        expect(await list(dynamo, undefined, { hasIndex })).toMatchObject(listed);
        for (let number = 1; (number - 1) * limit < all.length; number += 1) {
          const end = number * limit;
          const listed = await list(dynamo, pageOf(limit, number), { hasIndex });
          expect(listed.ids).toEqual(all.slice(end - limit, end));
          expect(listed.nextAfter).toBe(end < all.length ? String(all[end - 1]) : undefined);
          expect(listed.total).toBe(hasIndex ? all.length : undefined);
          expect(listed).toMatchObject({ warnings: 0, trace: { items: listed.ids.length, indexFallbacks: 0 } });
        }
      }),
      { numRuns: 60 },
    );
  });

  it.each([
    [1, 40],
    [4, 40],
    [8, 44],
    [4, 13],
  ])('reads at concurrency %d a list of %d MB in size / concurrency + 2 rounds', async (concurrency, mb) => {
    const ids = Array.from({ length: mb * 10 }, (_, i) => i);
    const dynamo = tableOf(ids);
    await build(dynamo);
    let [most, under] = [0, 0];
    const { carry: carryInTurns, cost } = inTurns();
    const carry: Carry = (command, execute) => {
      if (!isOfTable(command, 'instances')) return carryInTurns(command, execute);
      most = Math.max(most, ++under);
      return carryInTurns(command, () => {
        under -= 1;
        return execute();
      });
    };
    expect((await list(dynamo, undefined, { carry, concurrency })).ids).toEqual(ids);
    expect(most).toBe(concurrency);
    expect(cost.turns).toBeLessThanOrEqual(2 + Math.ceil(mb / concurrency));
  });

  it('lowers its concurrency when DynamoDB throttles, and lists everything', async () => {
    const ids = Array.from({ length: 200 }, (_, i) => i);
    const dynamo = tableOf(ids);
    await build(dynamo);
    let under = 0;
    const carry: Carry = async (command, execute) => {
      if (!isOfTable(command, 'instances')) return execute();
      under += 1;
      try {
        await new Promise(setImmediate);
        if (under > 2) throw throttled();
        return execute();
      } finally {
        under -= 1;
      }
    };
    expect((await list(dynamo, undefined, { carry, concurrency: 8 })).ids).toEqual(ids);
  });

  it('fails if single reads are throttled', async () => {
    const dynamo = tableOf(Array.from({ length: 200 }, (_, i) => i));
    await build(dynamo);
    let reads = 0;
    const carry: Carry = async (command, execute) => {
      if (isOfTable(command, 'instances')) reads += 1;
      if (reads > 3) throw throttled();
      return execute();
    };
    await expect(list(dynamo, undefined, { carry })).rejects.toBeInstanceOf(UnavailableError);
  });

  it.each(['absent', 'failing', 'hanging'])(
    'returns the right page, without a total, if the index is %s',
    async (how) => {
      const ids = Array.from({ length: 700 }, (_, i) => i * 2);
      const dynamo = tableOf(ids);
      if (how !== 'absent') await build(dynamo);
      const carry: Carry = async (command, execute) => {
        if (isOfTable(command, 'index') && how === 'hanging') return new Promise(() => {});
        if (isOfTable(command, 'index') && how === 'failing') throw new UnavailableError('no');
        return execute();
      };
      for (const page of [pageOf(5, 1), pageOf(5, 101)]) {
        const listed = await list(dynamo, page, { carry });
        expect(listed.ids).toEqual(ids.slice(page.offset, page.offset + 5));
        expect(listed).toMatchObject({ nextAfter: expect.any(String), total: undefined, warnings: 1 });
        expect(listed.trace.indexFallbacks).toBe(1);
      }
      expect(await list(dynamo, undefined, { carry })).toMatchObject({ ids, warnings: 1 });
    },
  );

  it('does not wait for the index if the first read returned everything', async () => {
    const dynamo = tableOf([1, 2, 3]);
    const carry: Carry = (command, execute) =>
      isOfTable(command, 'index') ? new Promise(() => {}) : Promise.resolve(execute());
    expect(await list(dynamo, undefined, { carry })).toMatchObject({ ids: [1, 2, 3], warnings: 0 });
  });

  it.each([
    [0, undefined],
    [1, undefined],
    [3, '2'],
    [4, '2'],
  ])('reads the page at offset %d from the row after %s', async (offset, after) => {
    const dynamo = tableOf(Array.from({ length: 300 }, (_, i) => i));
    await build(dynamo);
    const starts: unknown[] = [];
    const carry: Carry = async (command, execute) => {
      if (isOfTable(command, 'instances')) starts.push(startOf(command));
      return execute();
    };
    const { ids } = await list(dynamo, { limit: 2, number: 1, offset }, { carry });
    expect(ids).toEqual([offset, offset + 1]);
    expect(starts[0]).toBe(after);
  });

  it.each([
    [200, 50],
    [20, 20],
  ])('waits, with an index limit of %d ms, %d ms for the total of a ready page', async (patienceMs, lateMs) => {
    const dynamo = tableOf([1, 2, 3]);
    const carry: Carry = (command, execute) =>
      isOfTable(command, 'index') ? new Promise(() => {}) : Promise.resolve(execute());
    const timers = jest.spyOn(global, 'setTimeout');
    await list(dynamo, pageOf(2, 1), { carry, patienceMs });
    const delays = timers.mock.calls.map(([, ms]) => ms);
    timers.mockRestore();
    expect(delays).toEqual([patienceMs, lateMs]);
  });

  it.each<[string, Page | undefined]>([
    ['the list of an empty table', undefined],
    ['a page of an empty table', pageOf(2, 1)],
  ])('refuses %s without waiting for the index', async (_what, page) => {
    const carry: Carry = (command, execute) =>
      isOfTable(command, 'index') ? new Promise(() => {}) : Promise.resolve(execute());
    const timers = jest.spyOn(global, 'setTimeout');
    await expect(list(tableOf([]), page, { carry, patienceMs: 10 ** 6 })).rejects.toBeInstanceOf(RefusedError);
    const [...set] = timers.mock.results;
    expect(timers.mock.calls.map(([, ms]) => ms)).toEqual([10 ** 6]); // the index's own limit
    timers.mockRestore();
    for (const { value } of set) clearTimeout(value);
  });

  it('notes an index failure even if the page is past the end', async () => {
    const carry: Carry = async (command, execute) => {
      if (isOfTable(command, 'index')) throw new UnavailableError('no');
      await new Promise(setImmediate);
      return execute();
    };
    const trace = createTrace();
    await expect(list(tableOf([1]), pageOf(2, 2), { carry, trace })).rejects.toMatchObject({
      refusal: 'page-out-of-range',
    });
    expect(trace.indexFallbacks).toBe(1);
  });

  it('notes an index failure even if there is no first page', async () => {
    const carry: Carry = async (command, execute) => {
      if (isOfTable(command, 'index')) throw new UnavailableError('no');
      await new Promise(setImmediate);
      return execute();
    };
    const trace = createTrace();
    await expect(list(tableOf([]), pageOf(2, 1), { carry, trace })).rejects.toMatchObject({ refusal: 'no-instances' });
    expect(trace.indexFallbacks).toBe(1);
  });

  it('refuses an empty table even if the index still counts rows', async () => {
    const dynamo = tableOf(Array.from({ length: 40 }, (_, i) => i));
    await build(dynamo);
    for (let i = 0; i < 40; i += 1) await dynamo.connect().send(deleteRow(String(i)));
    await expect(list(dynamo, pageOf(2, 10))).rejects.toMatchObject({ refusal: 'no-instances' });
    await dynamo.connect().send(putRow('0'));
    await expect(list(dynamo, pageOf(2, 10))).rejects.toMatchObject({ refusal: 'page-out-of-range' });
  });

  it('records the durations of index and rows', async () => {
    const dynamo = tableOf([1, 2, 3]);
    await build(dynamo);
    for (const page of [undefined, pageOf(2, 1)]) {
      const { trace } = await list(dynamo, page);
      expect([...trace.timings.keys()].sort()).toEqual(['index', 'page']);
    }
    expect([...(await list(dynamo, pageOf(2, 1), { hasIndex: false })).trace.timings.keys()]).toEqual(['page']);
  });

  it('returns a total of at least the rows seen if the index lags', async () => {
    const dynamo = tableOf([1, 2]);
    await build(dynamo);
    for (const id of ['3', '4', '5']) await dynamo.connect().send(putRow(id));
    expect(await list(dynamo, pageOf(3, 1))).toMatchObject({ ids: [1, 2, 3], nextAfter: '3', total: 4 });
    expect(await list(dynamo, pageOf(3, 2))).toMatchObject({ ids: [4, 5], nextAfter: undefined, total: 5 });
  });

  it('reads the first page without waiting for the index', async () => {
    const dynamo = tableOf([1, 2, 3]);
    await build(dynamo);
    const order: string[] = [];
    const carry: Carry = async (command, execute) => {
      order.push(isOfTable(command, 'index') ? 'index' : 'instances');
      await new Promise(setImmediate);
      order.push('answer');
      return execute();
    };
    await list(dynamo, pageOf(2, 1), { carry });
    expect(order.slice(0, 2).sort()).toEqual(['index', 'instances']);
  });

  it.each([true, false])('refuses to list an empty table, with an index: %j', async (hasIndex) => {
    const dynamo = tableOf([]);
    await build(dynamo);
    await expect(list(dynamo, undefined, { hasIndex })).rejects.toMatchObject({ refusal: 'no-instances' });
  });

  it.each([
    ['an empty table', [], 1, { refusal: 'no-instances' }],
    ['a page past the end', [1, 2, 3], 3, { refusal: 'page-out-of-range', extent: { total: 3, lastPage: 2 } }],
  ])('refuses %s', async (_what, ids, number, refusal) => {
    for (const hasIndex of [true, false]) {
      const dynamo = tableOf(ids);
      await build(dynamo);
      await expect(list(dynamo, pageOf(2, number), { hasIndex })).rejects.toMatchObject(refusal);
    }
  });

  it.each([
    ['everything', undefined],
    ['the first page', pageOf(3, 1)],
    ['a page far from it', pageOf(1, 9)],
  ])('returns the index’s total of %s before reading it', async (_what, page) => {
    const dynamo = tableOf([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    await build(dynamo);
    expect(await list(dynamo, page)).toMatchObject({ totalAtFirst: 9 });
    expect(await list(dynamo, page, { hasIndex: false })).toMatchObject({ totalAtFirst: undefined });
  });
});

describe('listInstances in a process that has read pages before', () => {
  const PAGE = pageOf(4, 60);

  async function open(size = 400) {
    const dynamo = tableOf(Array.from({ length: size }, (_, i) => i));
    await build(dynamo);
    const seen = new SeenNodes();
    const costOf = async (page: Page) => {
      const { carry, cost } = inTurns();
      const { ids } = await list(dynamo, page, { carry, seen });
      return { ids, ...cost };
    };
    const change = async (id: string) => {
      await dynamo.connect().send(putRow(id));
      await recount(pageIndexOf(dynamo.connect(), 'index', ROWS, SMALL), [id]);
    };
    return { dynamo, seen, costOf, change };
  }

  it('reads a page in one turn, in two after a change elsewhere, and in no more than at first after any change', async () => {
    const { costOf, change } = await open();
    const ids = [236, 237, 238, 239];
    expect(await costOf(PAGE)).toEqual({ ids, calls: 3, turns: 3 });
    expect(await costOf(PAGE)).toEqual({ ids, calls: 3, turns: 1 });
    await change('100.5'); // in another leaf
    expect(await costOf(PAGE)).toEqual({ ids: [235, 236, 237, 238], calls: 4, turns: 2 });
    expect(await costOf(PAGE)).toEqual({ ids: [235, 236, 237, 238], calls: 3, turns: 1 });
    for (let i = 0; i < 9; i += 1) await change(`235.${i}1`); // the leaf's blocks are cut
    const { calls, turns } = await costOf(PAGE);
    expect(calls).toBeLessThanOrEqual(5);
    expect(turns).toBeLessThanOrEqual(3);
  });

  it('reads another page of a leaf that it has read in one turn, and of another leaf in two', async () => {
    const { costOf } = await open();
    await costOf(PAGE);
    expect(await costOf(pageOf(4, 58))).toEqual({ ids: [228, 229, 230, 231], calls: 3, turns: 1 });
    expect(await costOf(pageOf(4, 61))).toEqual({ ids: [240, 241, 242, 243], calls: 3, turns: 2 });
  });

  it('reads the first page with one query and one node, as at first', async () => {
    const { costOf } = await open();
    await costOf(pageOf(4, 2)); // the leaf of the first page too
    expect(await costOf(pageOf(4, 1))).toEqual({ ids: [0, 1, 2, 3], calls: 2, turns: 1 });
  });

  it('lists what it would list without memory, whatever changed in between', async () => {
    const ids = fc.uniqueArray(fc.integer({ min: 0, max: 300 }), { minLength: 30, maxLength: 150 });
    const step = fc.record({
      changes: fc.array(fc.integer({ min: 0, max: 300 }), { maxLength: 4 }),
      isRebuilt: fc.nat(9).map((n) => n === 0),
      page: fc.record({ limit: fc.integer({ min: 1, max: 9 }), number: fc.integer({ min: 2, max: 25 }) }),
    });
    await fc.assert(
      fc.asyncProperty(ids, fc.array(step, { minLength: 2, maxLength: 12 }), async (unsorted, steps) => {
        const rows = new Set(unsorted);
        const dynamo = tableOf([...rows].sort((a, b) => a - b));
        await build(dynamo);
        const seen = new SeenNodes(60);
        for (const { changes, isRebuilt, page } of steps) {
          for (const id of changes) {
            if (rows.delete(id)) await dynamo.connect().send(deleteRow(String(id)));
            else {
              rows.add(id);
              await dynamo.connect().send(putRow(String(id)));
            }
          }
          await recount(pageIndexOf(dynamo.connect(), 'index', ROWS, SMALL), changes.map(String));
          if (isRebuilt) await build(dynamo);
          const asked = pageOf(page.limit, page.number);
          const [guessing, plain] = [inTurns(), inTurns()];
          const outcome = await settled(list(dynamo, asked, { seen, carry: guessing.carry }));
          const expected = await settled(list(dynamo, asked, { carry: plain.carry }));
          expect({ ...outcome, trace: undefined }).toEqual({ ...expected, trace: undefined });
          const sorted = [...rows].sort((a, b) => a - b);
          expect(outcome.ids ?? []).toEqual(sorted.slice(asked.offset, asked.offset + asked.limit));
          expect(guessing.cost.turns).toBeLessThanOrEqual(plain.cost.turns);
          expect(guessing.cost.calls).toBeLessThanOrEqual(plain.cost.calls + 2); // a wasted query and a wasted leaf
        }
      }),
      { numRuns: 20 },
    );
  });

  it.each([
    ['drops the failure of a read at a place that is not confirmed', true],
    ['fails if the read at a confirmed place fails', false],
  ])('%s', async (_, isMoved) => {
    const { dynamo, seen, costOf, change } = await open();
    await costOf(PAGE);
    if (isMoved) await change('100.5');
    let reads = 0;
    const carry: Carry = async (command, execute) => {
      if (isOfTable(command, 'instances') && ++reads === 1) throw new UnavailableError('no');
      return execute();
    };
    const listed = list(dynamo, PAGE, { carry, seen });
    if (isMoved) await expect(listed).resolves.toMatchObject({ ids: [235, 236, 237, 238] });
    else await expect(listed).rejects.toThrow('no');
  });

  it('does not read from a guessed place so far away that it would count rows first', async () => {
    const { dynamo, seen, costOf } = await open();
    await costOf(PAGE);
    await costOf(pageOf(4, 100)); // the last leaf
    for (let id = 400; id < 1_000; id += 1) await dynamo.connect().send(putRow(String(id)));
    await build(dynamo);
    const starts: unknown[] = [];
    const carry: Carry = async (command, execute) => {
      if (isOfTable(command, 'instances')) starts.push(startOf(command));
      return execute();
    };
    await expect(list(dynamo, pageOf(4, 240), { seen, carry })).resolves.toMatchObject({ ids: [956, 957, 958, 959] });
    expect(starts).toHaveLength(1);
  });

  it('guesses nothing while the index is incomplete', async () => {
    const { dynamo, costOf } = await open();
    await costOf(PAGE);
    await createRoot(pageIndexOf(dynamo.connect(), 'index', ROWS, SMALL));
    await costOf(PAGE);
    const plain = inTurns();
    await list(dynamo, PAGE, { carry: plain.carry });
    await expect(costOf(PAGE)).resolves.toMatchObject(plain.cost);
  });

  it('reads again without a late index, which confirms nothing', async () => {
    const { dynamo, seen, costOf } = await open();
    await costOf(PAGE);
    const starts: unknown[] = [];
    const carry: Carry = async (command, execute) => {
      if (isOfTable(command, 'index')) return new Promise(() => {});
      starts.push(startOf(command));
      return execute();
    };
    const listed = await list(dynamo, PAGE, { carry, seen, patienceMs: 5 });
    expect(listed).toMatchObject({ ids: [236, 237, 238, 239], total: undefined, warnings: 1 });
    expect(starts).toEqual([expect.any(String), undefined, ...starts.slice(2)]);
  });

  it('reads no row before the first batch is pulled', async () => {
    const { dynamo, seen, costOf } = await open();
    await costOf(PAGE);
    let reads = 0;
    const sender = dynamo.connect(async (command, execute) => {
      if (isOfTable(command, 'instances')) reads += 1;
      return execute();
    });
    const index = { ...pageIndexOf(sender, 'index', ROWS, SMALL), seen };
    const source = {
      sender,
      partition: ROWS,
      index,
      concurrency: 1,
      patienceMs: 50,
      trace: createTrace(),
      notes: new Notes(),
    };
    const { total, lastTotal, batches } = listInstances(PAGE, source);
    expect(lastTotal).toBe(400);
    expect(await total).toBe(400);
    expect(reads).toBe(0);
    await batches.next();
    expect(reads).toBe(1);
  });

  it('knows no total before it has read a root', async () => {
    const { dynamo } = await open();
    const sender = dynamo.connect();
    const source = {
      sender,
      partition: ROWS,
      concurrency: 1,
      patienceMs: 50,
      trace: createTrace(),
      notes: new Notes(),
    };
    const index = { ...pageIndexOf(sender, 'index', ROWS, SMALL), seen: new SeenNodes() };
    expect(listInstances(undefined, { ...source, index }).lastTotal).toBe(Number.POSITIVE_INFINITY);
    expect(listInstances(undefined, { ...source, index: undefined }).lastTotal).toBeUndefined();
    expect(listInstances({ ...PAGE, after: '7' }, { ...source, index }).lastTotal).toBeUndefined();
  });

  it.each(['absent', 'failing', 'hanging'])('knows no total of an index that is %s', async (how) => {
    const dynamo = tableOf([1]);
    const carry: Carry = async (command, execute) => {
      if (isOfTable(command, 'index') && how === 'failing') throw new UnavailableError('no');
      return isOfTable(command, 'index') && how === 'hanging' ? new Promise(() => {}) : execute();
    };
    const seen = new SeenNodes();
    await list(dynamo, undefined, { carry, seen, patienceMs: 5 });
    expect(seen.total).toBeUndefined();
  });
});

/** Returns the result, or the reason of a refusal. */
async function settled(listing: ReturnType<typeof list>): Promise<Partial<Awaited<ReturnType<typeof list>>>> {
  try {
    return await listing;
  } catch (error) {
    if (error instanceof RefusedError) return { ...error, message: error.message } as object;
    throw error;
  }
}

const throttled = (): UnavailableError =>
  new UnavailableError('throttled', { cause: new ThrottlingException({ message: 'slow down', $metadata: {} }) });
