import { DeleteItemCommand } from '@aws-sdk/client-dynamodb';
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
  const BLOCKS = [
    { after: undefined, count: 4 },
    { after: '10', count: 4 },
    { after: '20', count: 4 },
    { after: '30', count: 9 },
    { after: '40', count: 1 },
  ];
  const bounds = (behind: string, rows: number) =>
    cutSegments(BLOCKS, behind, rows).map((segment) => [segment.after, segment.through]);

  it.each([
    [
      'ends each where one block more were too much',
      '5',
      8,
      [
        ['5', '20'],
        ['20', '30'],
        ['30', '40'],
        ['40', undefined],
      ],
    ],
    [
      'leaves a block whole that has more rows than that',
      '5',
      1,
      [
        ['5', '10'],
        ['10', '20'],
        ['20', '30'],
        ['30', '40'],
        ['40', undefined],
      ],
    ],
    ['is one segment where that holds all', '5', 22, [['5', undefined]]],
    [
      'begins within a block, as if all of it followed',
      '25',
      10,
      [
        ['25', '30'],
        ['30', undefined],
      ],
    ],
    [
      'begins where a block begins',
      '30',
      9,
      [
        ['30', '40'],
        ['40', undefined],
      ],
    ],
    ['begins behind the last block begins', '99', 1, [['99', undefined]]],
  ])('%s', (_what, behind, rows, expected) => {
    expect(bounds(behind, rows)).toEqual(expected);
  });
});
