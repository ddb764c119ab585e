import { DeleteItemCommand, GetItemCommand } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { compareKeys, sortedKeys } from '../../test/keys';
import { byRows, INDEX_TABLE, IndexedRows } from '../../test/pageIndex/smallIndex';
import { readRoot } from './find';
import { type Entry, ROOT } from './node';
import { cutSegments, type Head, readBlocks } from './segments';
import { type PageIndex, readNode } from './store';
import { rebuild } from './upkeep/rebuild';

/** A shape in which sixty rows make two levels. */
const SHAPE = byRows({ rows: 4, minRows: 2, maxRows: 6, entries: 4, minEntries: 2, maxEntries: 8 });

const after = (blocks: readonly Entry[]) => blocks.map((block) => block.after);

async function blocksOf(index: PageIndex) {
  const { root, total } = await readRoot(index);
  return { ...(await readBlocks(index, root)), total };
}

describe('readBlocks', () => {
  it('returns the blocks of all leaves, in order, and the total', async () => {
    const { index } = await IndexedRows.create(60, SHAPE);
    const { blocks, total } = await blocksOf(index);
    expect(total).toBe(60);
    expect(after(blocks)).toEqual([undefined, ...Array.from({ length: 14 }, (_, i) => `${4 * (i + 1)}`)]);
    expect(blocks.every(({ count }) => count === 4)).toBe(true);
  });

  it('returns a missing leaf as one block', async () => {
    const { index, dynamo } = await IndexedRows.create(60, SHAPE);
    const root = await readNode(index, ROOT, { consistent: true });
    const gone = root?.entries[1];
    await dynamo
      .connect()
      .send(new DeleteItemCommand({ TableName: INDEX_TABLE, Key: { node: { S: gone?.child ?? '' } } }));
    const { blocks, failure } = await blocksOf(index);
    expect(failure).toBeUndefined();
    expect(blocks).toContainEqual(gone);
    expect(blocks.reduce((sum, { count = 0 }) => sum + count, 0)).toBe(60);
  });

  it('returns an unreadable leaf as one block, with the failure', async () => {
    const rows = await IndexedRows.create(60, SHAPE);
    const root = await readNode(rows.index, ROOT, { consistent: true });
    const lost = root?.entries[1];
    const error = new Error('cut off');
    rows.carry = async (command, execute) => {
      if (command instanceof GetItemCommand && command.input.Key?.node?.S === lost?.child) throw error;
      return execute();
    };
    const { blocks, failure } = await blocksOf(rows.index);
    expect(failure).toBe(error);
    expect(blocks).toContainEqual(lost);
    expect(blocks.reduce((sum, { count = 0 }) => sum + count, 0)).toBe(60);
  });

  it.each([0, 5])('returns the root’s entries for a small table: %d rows', async (size) => {
    const { index } = await IndexedRows.create(size, SHAPE);
    const root = await readNode(index, ROOT, { consistent: true });
    await expect(blocksOf(index)).resolves.toEqual({ blocks: root?.entries, total: size });
  });

  it('returns the root’s entries if the leaves are deeper', async () => {
    const deep = await IndexedRows.create(300, SHAPE);
    const { blocks, total } = await blocksOf(deep.index);
    expect([blocks.length, total]).toEqual([
      (await readNode(deep.index, ROOT, { consistent: true }))?.entries.length,
      300,
    ]);
  });

  it.each([
    [64, 100, 64 * 4],
    [65, 70, 65],
  ])('reads up to 64 leaves (%d)', async (leaves, maxEntries, expected) => {
    const { index } = await IndexedRows.create(4 * 4 * leaves, { ...SHAPE, maxEntries, maxChildren: maxEntries });
    expect((await readNode(index, ROOT, { consistent: true }))?.entries).toHaveLength(leaves);
    expect((await blocksOf(index)).blocks).toHaveLength(expected);
  });

  it('reads eventually consistent, at half the price', async () => {
    const rows = await IndexedRows.create(60, SHAPE);
    const noted = rows.noteConsistency();
    await blocksOf(rows.index);
    expect(noted).toEqual(new Set([false]));
  });

  it('throws if the index is incomplete', async () => {
    const { index } = await IndexedRows.create(60, SHAPE);
    await rebuild(index).next();
    await expect(blocksOf(index)).rejects.toThrow('the index is not complete');
  });
});

describe('cutSegments', () => {
  type Block = [after: number, count: number | undefined];
  const head = (first: number, through: number, rows: number): Head => ({
    first: String(first),
    through: String(through),
    rows,
  });

  it.each<[string, Block[], Head, number, string[]]>([
    ['cuts a block with even keys in proportion', [[0, 100]], head(1, 20, 20), 4, ['20', '40', '60', '80']],
    [
      'cuts each block by its own density',
      [
        [0, 10],
        [10, 10],
        [1_000, 10],
      ],
      head(1, 5, 5),
      5,
      ['5', '10', '505', '1000', '1263'],
    ],
    [
      'subtracts the rows already read from their block',
      [
        [0, 10],
        [10, 10],
      ],
      head(1, 6, 6),
      2,
      ['6', '13'],
    ],
    [
      'subtracts rows already read from several blocks',
      [
        [0, 10],
        [10, 10],
        [20, 10],
      ],
      head(1, 16, 16),
      2,
      ['16', '23'],
    ],
    [
      'begins at the beginning of a block',
      [
        [0, 10],
        [10, 10],
        [20, 10],
      ],
      head(1, 10, 10),
      2,
      ['10', '20'],
    ],
    [
      'assumes the density of the previous blocks for the last block',
      [
        [0, 10],
        [100, 10],
      ],
      head(1, 9, 9),
      2,
      ['9', '150'],
    ],
    ['returns one segment for one reader', [[0, 10]], head(1, 5, 5), 1, ['5']],
    ['returns at most as many segments as there are whole numbers between keys', [[0, 3]], head(1, 1, 1), 9, ['1']],
    [
      'cuts at the beginning of a block if its keys are not whole numbers',
      [
        [0, 4],
        [0.25, 4],
        [0.5, 4],
      ],
      head(0.1, 0.1, 1),
      3,
      ['0.1', '0.25', '0.5'],
    ],
    [
      'cuts there too if the block before is complete',
      [
        [0, 8],
        [0.25, 4],
        [0.5, 4],
      ],
      head(0.1, 0.1, 4),
      3,
      ['0.1', '0.25', '0.5'],
    ],
    [
      'cuts at the end of a block if that is nearest',
      [
        [0, 2],
        [2, 2],
        [4, 2],
      ],
      head(1, 1, 1),
      2,
      ['1', '4'],
    ],
    [
      'treats uncounted blocks as empty',
      [
        [0, 4],
        [10, undefined],
        [20, 4],
      ],
      head(1, 4, 4),
      2,
      ['4', '33'],
    ],
    ['returns one segment if no known rows are left', [[0, 4]], head(1, 9, 9), 3, ['9']],
    [
      'stays within DynamoDB’s range',
      [
        [0, 4],
        [9e125, 4],
      ],
      head(1, 2, 2),
      3,
      ['2', '9e+125'],
    ],
  ])('%s', (_what, blocks, head, count, afters) => {
    const entries = blocks.map(([after, count], i) => ({ after: i === 0 ? undefined : String(after), count }));
    const segments = cutSegments(entries, head, count);
    expect(segments).toEqual(afters.map((after, i) => ({ after, through: afters[i + 1] })));
  });

  it('never rounds to a number beyond DynamoDB’s range', () => {
    const largest = `9.${'9'.repeat(37)}e125`;
    const blocks = [
      { after: undefined, count: 100 },
      { after: largest, count: 200 },
    ];
    const segments = cutSegments(blocks, { first: '1', through: '8e125', rows: 2 }, 16);
    expect(segments.at(-1)).toEqual({ after: largest, through: undefined });
    for (const { after } of segments) expect(compareKeys(String(after), largest)).toBeLessThanOrEqual(0);
  });

  /** Keys of any kind, the number already read, their blocks, and the number of segments. */
  const table = fc
    .uniqueArray(
      fc.oneof(
        fc.integer().map(String),
        fc.bigInt({ min: 10n ** 37n, max: 10n ** 37n + 50n }).map(String),
        fc
          .tuple(fc.integer(), fc.integer({ min: -125, max: 115 }))
          .map(([digits, exponent]) => `${digits}e${exponent}`),
      ),
      { minLength: 1, maxLength: 60, comparator: (a, b) => compareKeys(a, b) === 0 },
    )
    .chain((keys) =>
      fc.record({
        keys: fc.constant(sortedKeys(keys.sort(compareKeys))),
        rows: fc.integer({ min: 1, max: keys.length }),
        starts: fc.subarray(keys.map((_, i) => i).slice(1)),
        count: fc.integer({ min: 1, max: 16 }),
      }),
    );

  it('covers each row exactly once; no segment exceeds its share by more than two blocks', () => {
    fc.assert(
      fc.property(table, ({ keys, rows, starts, count }) => {
        const all = [0, ...starts];
        const sizes = all.map((start, i) => (all[i + 1] ?? keys.size) - start);
        const blocks = all.map((start, i) => ({
          after: start === 0 ? undefined : keys.at(start - 1),
          count: sizes[i],
        }));
        const head = { first: keys.at(0), through: keys.at(rows - 1), rows };
        const segments = cutSegments(blocks, head, count);

        expect(segments[0]?.after).toBe(head.through);
        expect(segments.at(-1)?.through).toBeUndefined();
        expect(segments.slice(1).map(({ after }) => after)).toEqual(
          segments.slice(0, -1).map(({ through }) => through),
        );
        const ends = segments.map(({ through }) => (through === undefined ? keys.size : keys.upTo(through)));
        const read = ends.map((end, i) => end - (ends[i - 1] ?? rows));
        expect(Math.min(...read)).toBeGreaterThanOrEqual(0);
        expect(segments.length).toBeLessThanOrEqual(count);
        expect(Math.max(...read)).toBeLessThanOrEqual((keys.size - rows) / count + 2 * Math.max(...sizes));
      }),
    );
  });

  it('differ by at most one row if keys are evenly spread, for any block size', () => {
    const numbers = fc.record({
      size: fc.integer({ min: 2, max: 500 }),
      gap: fc.integer({ min: 1, max: 1_000 }),
      first: fc.integer(),
      blockSize: fc.integer({ min: 1, max: 300 }),
      read: fc.double({ min: 0, max: 1, noNaN: true }),
      count: fc.integer({ min: 1, max: 16 }),
    });
    fc.assert(
      fc.property(numbers, ({ size, gap, first, blockSize, read, count }) => {
        const at = (i: number) => String(first + i * gap);
        const upTo = (key: string) => Math.floor((Number(key) - first) / gap) + 1;
        const rows = 2 + Math.floor(read * (size - 2));
        const blocks = Array.from({ length: Math.ceil(size / blockSize) }, (_, i) => ({
          after: i === 0 ? undefined : at(i * blockSize - 1),
          count: Math.min(blockSize, size - i * blockSize),
        }));
        const sizes = cutSegments(blocks, { first: at(0), through: at(rows - 1), rows }, count).map(
          ({ after, through }) => Math.min(size, upTo(through ?? at(size))) - upTo(after ?? ''),
        );
        expect(sizes.reduce((sum, rows) => sum + rows, 0)).toBe(size - rows);
        expect(Math.max(...sizes)).toBeLessThanOrEqual((size - rows) / count + 1);
      }),
    );
  });
});
