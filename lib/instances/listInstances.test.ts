import { DeleteItemCommand, PutItemCommand, type QueryCommand, ThrottlingException } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { collect } from '../../test/batches';
import { sortedKeys } from '../../test/keys';
import { byRows } from '../../test/pageIndex/smallIndex';
import { rebuildAll } from '../../test/rebuildAll';
import { type Carry, SimulatedDynamo } from '../../test/simulatedDynamo';
import { RefusedError, UnavailableError } from '../errors';
import { pageIndexOf } from '../pageIndex/store';
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
  { carry, concurrency = 4, hasIndex = true, patienceMs = 200, trace = createTrace() }: Options = {},
) {
  const sender = dynamo.connect(carry);
  const index = hasIndex ? pageIndexOf(sender, 'index', ROWS, SMALL) : undefined;
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
    let [depth, most, under] = [0, 0, 0];
    let round: Promise<void> | undefined;
    const carry: Carry = async (command, execute) => {
      const isRead = isOfTable(command, 'instances');
      if (isRead) most = Math.max(most, ++under);
      round ??= new Promise((resolve) => {
        setImmediate(() => {
          round = undefined;
          depth += 1;
          resolve();
        });
      });
      await round;
      if (isRead) under -= 1;
      return execute();
    };
    expect((await list(dynamo, undefined, { carry, concurrency })).ids).toEqual(ids);
    expect(most).toBe(concurrency);
    expect(depth).toBeLessThanOrEqual(2 + Math.ceil(mb / concurrency));
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

const throttled = (): UnavailableError =>
  new UnavailableError('throttled', { cause: new ThrottlingException({ message: 'slow down', $metadata: {} }) });
