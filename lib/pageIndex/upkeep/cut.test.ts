import fc from 'fast-check';
import { integers } from '../../../test/keys';
import { INSTANCES, indexFor } from '../../../test/pageIndex/smallIndex';
import { SimulatedDynamo } from '../../../test/simulatedDynamo';
import { type Entry, SHAPE } from '../node';
import { countBlock } from './cut';
import { over, size, sizes, unitsOf } from './rowSizes.testing';

const rowsOf = (bytes: readonly number[], entries: readonly Entry[]): (readonly number[])[] =>
  entries.map(({ after }, i) => bytes.slice(Number(after ?? 0), Number(entries[i + 1]?.after ?? bytes.length)));

const MEGABYTE = 256; // in read units: what DynamoDB reads in one call, after which the cost is known

describe('countBlock', () => {
  it.each([
    [60, 300, [300]],
    [60, 301, [200, 101]],
    [200, 122, [122]],
    [200, 123, [70, 53]],
    [1_000, 24, [24]],
    [1_000, 25, [14, 11]],
    [4_000, 6, [6]],
    [4_000, 7, [4, 3]],
    [40_000, 3, [1, 1, 1, 0]], // the empty block joins its neighbour in the same write
    [409_600, 3, [1, 1, 1, 0]],
  ])(
    'cuts rows of %d bytes if they cost more than 24 KB or are more than 300: %d into %j',
    async (own, length, cut) => {
      const { index } = over(Array(length).fill(own));
      expect((await countBlock(index, {}, 0, 1_000)).map(({ count }) => count)).toEqual(cut);
    },
  );

  it.each([
    [40_000, 1, [1, 1]],
    [16_000, 1, [1, 1]],
    [12_000, 2, [2, 1]],
    [8_000, 2, [3]],
    [8_000, 3, [3, 1]],
    [4_000, 6, [6, 1]],
    [200, 1, [2]],
    [200, 6, [7]],
  ])('reads each row once if one of %d bytes is added to %d: makes blocks of %j', async (own, known, counts) => {
    const { index, spent } = over(Array(known + 1).fill(own));
    const blocks = await countBlock(index, { through: String(known + 1) }, known, 1_000);
    expect(blocks.map(({ count }) => count)).toEqual(counts);
    expect(spent.calls).toBe(2);
    expect(spent.units).toBeLessThanOrEqual(unitsOf(Array(known + 1).fill(own)) + 1);
  });

  it('counts a block of few rows that has not changed in one call', async () => {
    const { index, spent } = over(Array(6).fill(4_000));
    const blocks = await countBlock(index, { through: '6' }, 6, 1_000);
    expect({ blocks, spent }).toEqual({
      blocks: [{ after: undefined, count: 6, units: 6 }],
      spent: { calls: 1, units: 6 },
    });
  });

  it.each([1, 2, 7])('ignores the cost of responses without rows: %d rows are known', async (known) => {
    const dynamo = new SimulatedDynamo({ rows: INSTANCES, keys: integers(2), rowBytes: 4_000 });
    const sender = dynamo.connect(async (_, execute) => execute({ cut: 1 })); // a third response is empty
    const blocks = await countBlock(indexFor(sender, SHAPE), {}, known, 1_000);
    expect(blocks).toEqual([{ after: undefined, count: 2, units: 2 }]);
  });

  it('counts all rows, each once, whatever the last count was', async () => {
    await fc.assert(
      fc.asyncProperty(sizes(), fc.nat(400), async (bytes, known) => {
        const blocks = await countBlock(over(bytes).index, {}, known, 1_000);
        expect(rowsOf(bytes, blocks).flat()).toEqual(bytes);
        for (const { count, units } of blocks) {
          expect(count).toBeLessThanOrEqual(SHAPE.maxRows);
          if (count > 1) expect(units).toBeLessThanOrEqual(SHAPE.maxUnits);
        }
      }),
    );
  });

  it('counts all rows, each once, in blocks of one row or of at most 24 KB, and returns their cost', async () => {
    await fc.assert(
      fc.asyncProperty(sizes(), async (bytes) => {
        const blocks = await countBlock(over(bytes).index, {}, 0, 1_000);
        const rows = rowsOf(bytes, blocks);
        expect(rows.flat()).toEqual(bytes);
        expect(blocks.map(({ count, units }) => ({ count, units }))).toEqual(
          rows.map((own) => ({ count: own.length, units: own.length === 0 ? 0 : unitsOf(own) })),
        );
        for (const { count, units } of blocks) {
          expect(count).toBeLessThanOrEqual(SHAPE.maxRows);
          if (count > 1) expect(units).toBeLessThanOrEqual(SHAPE.maxUnits);
        }
      }),
    );
  });

  it('reads rows of one size at most twice, and at most a megabyte of them', async () => {
    await fc.assert(
      fc.asyncProperty(size(), fc.integer({ min: 1, max: 400 }), async (own, length) => {
        const bytes = Array<number>(length).fill(own);
        const { index, spent } = over(bytes);
        const blocks = await countBlock(index, {}, 0, 1_000);
        const once = blocks.reduce((sum, { units }) => sum + units, 0);
        expect(spent.units).toBeLessThanOrEqual(once + Math.min(once, MEGABYTE) + 1);
        expect(spent.calls).toBeLessThanOrEqual(blocks.length + 2);
      }),
    );
  });

  it('reads rows at most five times on average, whatever their sizes, in at most as many calls as read units', async () => {
    await fc.assert(
      fc.asyncProperty(sizes(), async (bytes) => {
        const { index, spent } = over(bytes);
        await countBlock(index, {}, 0, 1_000);
        expect(spent.units - MEGABYTE).toBeLessThanOrEqual(5 * unitsOf(bytes));
        expect(spent.calls).toBeLessThanOrEqual(spent.units);
      }),
    );
  });
});
