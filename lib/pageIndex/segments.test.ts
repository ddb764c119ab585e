import { DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { INDEX_TABLE, IndexedRows } from '../../test/pageIndex/smallIndex';
import { type Entry, ROOT } from './node';
import { rebuild } from './rebuild';
import { cutSegments, readBlocks } from './segments';
import { readNode } from './store';

/** So that sixty rows make two levels. */
const SHAPE = { rows: 4, minRows: 2, maxRows: 6, entries: 4, minEntries: 2, maxEntries: 8 };

const after = (blocks: readonly Entry[]) => blocks.map((block) => block.after);

describe('readBlocks', () => {
  it('tells the blocks of all leaves, in order, and the total', async () => {
    const { index } = await IndexedRows.create(60, SHAPE);
    const { blocks, total } = await readBlocks(index);
    expect(total).toBe(60);
    expect(after(blocks)).toEqual([undefined, ...Array.from({ length: 14 }, (_, i) => `${4 * (i + 1)}`)]);
    expect(blocks.every(({ count }) => count === 4)).toBe(true);
  });

  it('lets a leaf that is gone stand for its blocks', async () => {
    const { index, dynamo } = await IndexedRows.create(60, SHAPE);
    const root = await readNode(index, ROOT, { consistent: true });
    const gone = root?.entries[1];
    await dynamo
      .connect()
      .send(new DeleteItemCommand({ TableName: INDEX_TABLE, Key: { node: { S: gone?.child ?? '' } } }));
    const { blocks } = await readBlocks(index);
    expect(blocks).toContainEqual(gone);
    expect(blocks.reduce((sum, { count = 0 }) => sum + count, 0)).toBe(60);
  });

  it.each([0, 5])('tells what the root knows where that is all there is, or much: %d rows', async (size) => {
    const { index } = await IndexedRows.create(size, SHAPE);
    const root = await readNode(index, ROOT, { consistent: true });
    await expect(readBlocks(index)).resolves.toEqual({ blocks: root?.entries, total: size });
  });

  it('tells the entries of the root where the leaves are deeper down', async () => {
    const deep = await IndexedRows.create(300, SHAPE);
    const { blocks, total } = await readBlocks(deep.index);
    expect([blocks.length, total]).toEqual([
      (await readNode(deep.index, ROOT, { consistent: true }))?.entries.length,
      300,
    ]);
  });

  it.each([
    [64, 64 * 4],
    [65, 65],
  ])('reads %d leaves, if they are not too many: %d blocks', async (leaves, expected) => {
    const { index } = await IndexedRows.create(4 * 4 * leaves, { ...SHAPE, maxEntries: 70 });
    expect((await readBlocks(index)).blocks).toHaveLength(expected);
  });

  it('reads as DynamoDB answers for half the price: eventually consistent', async () => {
    const rows = await IndexedRows.create(60, SHAPE);
    const noted = rows.noteConsistency();
    await readBlocks(rows.index);
    expect(noted).toEqual(new Set([false]));
  });

  it('is an error where the index is not complete', async () => {
    const { index } = await IndexedRows.create(60, SHAPE);
    await rebuild(index).next();
    await expect(readBlocks(index)).rejects.toThrow('the index is not complete');
  });
});

describe('cutSegments', () => {
  const blocksOf = (counts: readonly (number | undefined)[]): Entry[] =>
    counts.map((count, i) => ({ after: i === 0 ? undefined : String(10 * i), count }));

  it.each<[string, (number | undefined)[], string, number, string[]]>([
    ['ends each where a block ends, nearest to where it should', [4, 4, 4, 9, 1], '5', 2, ['5', '30']],
    ['takes the one behind, where that is nearer', [4, 4, 9, 4, 1], '5', 2, ['5', '20']],
    ['takes the one before, where both are as near', [4, 4, 4], '5', 2, ['5', '10']],
    ['is one segment for one reader', [4, 4, 4], '5', 1, ['5']],
    ['is no more segments than blocks', [4, 4, 4], '5', 9, ['5', '10', '20']],
    ['is no more segments than were asked for, though the last blocks be empty', [4, 4, 0, 0], '5', 2, ['5', '10']],
    ['begins within a block, as if all of it followed', [9, 9, 4, 2, 2], '25', 2, ['25', '30']],
    ['begins where a block begins', [4, 4, 4, 4], '20', 2, ['20', '30']],
    ['takes what is not counted for empty', [undefined, 4, undefined, 4], '5', 2, ['5', '20']],
    ['begins behind where the last block begins', [4, 4, 4], '99', 3, ['99']],
  ])('%s', (_what, counts, behind, count, afters) => {
    const segments = cutSegments(blocksOf(counts), behind, count);
    expect(segments).toEqual(afters.map((after, i) => ({ after, through: afters[i + 1] })));
  });

  it('gives no reader more than its share and a block', () => {
    const counts = fc.array(fc.nat(300), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(counts, fc.integer({ min: 1, max: 16 }), (counts, count) => {
        const blocks = blocksOf(counts);
        const total = counts.reduce((sum, rows) => sum + rows, 0);
        const sizes = cutSegments(blocks, '1', count).map(({ after, through }) =>
          blocks
            .filter(
              (block) => Number(block.after ?? 1) >= Number(after) && Number(block.after ?? 1) < Number(through ?? 1e9),
            )
            .reduce((sum, block) => sum + (block.count ?? 0), 0),
        );
        expect(sizes.length).toBeLessThanOrEqual(count);
        expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(total);
        expect(Math.max(...sizes)).toBeLessThanOrEqual(total / count + Math.max(...counts));
      }),
    );
  });
});
