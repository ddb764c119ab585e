import { QueryCommand } from '@aws-sdk/client-dynamodb';
import { integers, type Keys, sortedKeys } from '../../../test/keys';
import { byRows, INSTANCES, indexFor } from '../../../test/pageIndex/smallIndex';
import { SimulatedDynamo } from '../../../test/simulatedDynamo';
import type { Entry, Node } from '../node';
import { countFirstUncounted, recountBlocks } from './count';

const SHAPE = byRows({ rows: 4, minRows: 2, maxRows: 6, entries: 4, minEntries: 2, maxEntries: 8 });

/** An index over these keys, and the limits, consistency and results of its counts. */
function over(keys: Keys) {
  const dynamo = new SimulatedDynamo({ rows: INSTANCES, keys });
  const limits: (number | undefined)[] = [];
  const consistency = new Set<boolean | undefined>();
  let counted = 0;
  const sender = dynamo.connect(async (command, execute) => {
    if (command instanceof QueryCommand) {
      limits.push(command.input.Limit);
      consistency.add(command.input.ConsistentRead);
    }
    const answer = execute();
    counted += (answer as { Count?: number }).Count ?? 0;
    return answer;
  });
  return { index: indexFor(sender, SHAPE), limits, consistency, counted: () => counted };
}

/** A leaf whose blocks begin after these keys, with these counts. */
const leaf = (blocks: [string | undefined, number | undefined][], through?: string): Node => ({
  name: 'leaf',
  version: 'v',
  generation: 'g',
  level: 0,
  entries: blocks.map(([after, count]) => ({ after, count })),
  through,
  isFrozen: false,
});

const blocks = (entries: readonly Entry[]) => entries.map(({ after, count }) => [after, count]);

describe('recountBlocks', () => {
  it('counts strongly consistent, even when it cuts', async () => {
    const { index, consistency } = over(integers(30));
    await recountBlocks(
      index,
      leaf([
        [undefined, 5],
        ['5', 5],
      ]),
      ['1', '30'],
    );
    expect(consistency).toEqual(new Set([true]));
  });

  it.each([
    [5, [[undefined, 5]]],
    [6, [[undefined, 6]]],
    [
      7,
      [
        [undefined, 4],
        ['4', 3],
      ],
    ],
    [
      8,
      [
        [undefined, 4],
        ['4', 4],
      ],
    ],
    [
      9,
      [
        [undefined, 4],
        ['4', 5],
      ],
    ],
    [
      10,
      [
        [undefined, 4],
        ['4', 4],
        ['8', 2],
      ],
    ],
    [
      12,
      [
        [undefined, 4],
        ['4', 4],
        ['8', 4],
      ],
    ],
  ])(
    'cuts a block of %d rows into %j: above 6 rows, by 4, and joins the last ones if they are few',
    async (size, expected) => {
      const { index } = over(integers(size));
      const counted = await recountBlocks(index, leaf([[undefined, 3]]), ['1']);
      expect(blocks(counted.entries)).toEqual(expected);
    },
  );

  it('counts only as far as needed to know that a block must be cut', async () => {
    const { index, limits } = over(integers(6));
    await recountBlocks(index, leaf([[undefined, 3]]), ['1']);
    expect(limits).toEqual([7]);
  });

  it('ends with the leaf, even if a row lies at its end', async () => {
    const { index } = over(integers(20));
    const counted = await recountBlocks(
      index,
      leaf(
        [
          ['4', 1],
          ['8', 1],
        ],
        '12',
      ),
      ['5', '12'],
    );
    expect(blocks(counted.entries)).toEqual([
      ['4', 4],
      ['8', 4],
    ]);
    const cut = await recountBlocks(index, leaf([['4', 1]], '12'), ['5']);
    expect(blocks(cut.entries)).toEqual([
      ['4', 4],
      ['8', 4],
    ]);
  });

  it('joins small blocks that were counted together, and an empty one with any', async () => {
    const { index } = over(integers(9));
    const before = leaf([
      [undefined, 9],
      ['1', 9],
      ['2', 9],
      ['6', 4],
      ['9', 1],
    ]);
    const counted = await recountBlocks(index, before, ['1', '2', '7']); // 1, 1 and 3 rows; the last is empty
    expect(blocks(counted.entries)).toEqual([
      [undefined, 2],
      ['2', 9],
      ['6', 3],
      ['9', 1],
    ]);
    const emptied = await recountBlocks(index, before, ['10']);
    expect(blocks(emptied.entries)).toEqual(blocks(before.entries).slice(0, -1)); // the one before it was not counted
  });

  it('counts only the blocks of the keys, each once', async () => {
    const { index, limits } = over(integers(20));
    const counted = await recountBlocks(
      index,
      leaf([
        [undefined, 9],
        ['4', 9],
        ['8', 9],
        ['12', 9],
      ]),
      ['5', '9', '6.5'],
    );
    expect(blocks(counted.entries)).toEqual([
      [undefined, 9],
      ['4', 4],
      ['8', 4],
      ['12', 9],
    ]);
    expect(limits).toHaveLength(2);
  });

  it('leaves an uncounted block uncounted', async () => {
    const { index, limits } = over(integers(20));
    const before = leaf([
      [undefined, 4],
      ['4', undefined],
    ]);
    const counted = await recountBlocks(index, before, ['5', '6']);
    expect(counted).toEqual({ entries: before.entries, failed: new Map() });
    expect(limits).toEqual([]);
  });

  it('returns the keys of a block that could not be counted, and keeps its former count', async () => {
    const failure = new Error('throttled');
    const dynamo = new SimulatedDynamo({ rows: INSTANCES, keys: integers(20) });
    const sender = dynamo.connect(async (command, execute) => {
      if (command instanceof QueryCommand && command.input.ExclusiveStartKey?.id?.N === '4') throw failure;
      return execute();
    });
    const before = leaf(
      [
        [undefined, 9],
        ['4', 9],
        ['8', 9],
      ],
      '20',
    );
    const counted = await recountBlocks(indexFor(sender, { ...SHAPE, maxRows: 20 }), before, ['5', '9', '4.5']);
    expect(blocks(counted.entries)).toEqual([
      [undefined, 9],
      ['4', 9],
      ['8', 12],
    ]);
    expect(counted.failed).toEqual(
      new Map([
        ['5', failure],
        ['4.5', failure],
      ]),
    );
  });

  it.each([
    ['one block', [undefined], 1_000 + 16], // of 8, 16, 32 … rows
    ['five blocks', [undefined, '100000', '200000', '300000', '400000'], 1_000 + 5 * 14],
  ])(
    'cuts a thousand new blocks off %s of 100,000 rows, and then ever larger ones, so that the node can be written',
    async (_what, starts, most) => {
      const { index } = over(integers(500_000));
      const counted = await recountBlocks(
        index,
        leaf(starts.map((after) => [after, 4])),
        starts.map((after) => String(Number(after ?? 0) + 1)),
      );
      expect(counted.entries).toHaveLength(most);
      expect(counted.entries.filter(({ count }) => count === 4).length).toBeGreaterThanOrEqual(1_000);
      expect(counted.entries.reduce((sum, { count = 0 }) => sum + count, 0)).toBe(500_000);
    },
  );

  it('does not recount all of a huge block with every batch that cuts it', async () => {
    const SIZE = 100_000;
    const { index, counted } = over(integers(SIZE));
    let now = leaf([[undefined, SIZE]]);
    while ((now.entries.at(-1)?.count ?? 0) > SHAPE.maxRows) {
      const { entries } = await recountBlocks(index, now, [String(SIZE)]);
      now = { ...now, entries };
    }
    expect(counted()).toBeLessThan(3 * SIZE);
  });
});

describe('countFirstUncounted', () => {
  it.each([
    [
      'cuts off as many blocks as it may, and leaves the rest uncounted',
      20,
      [
        ['8', 4],
        ['12', undefined],
      ],
    ],
    ['ends where the rows end', 10, [['8', 2]]],
  ])('%s', async (_, rows, others) => {
    const { index } = over(integers(rows));
    const before = leaf([
      [undefined, 4],
      ['4', undefined],
    ]);
    const entries = await countFirstUncounted(index, before, 2);
    expect(blocks(entries)).toEqual([[undefined, 4], ['4', 4], ...others]);
  });

  it('counts a block without rows as empty', async () => {
    const { index } = over(sortedKeys([]));
    expect(blocks(await countFirstUncounted(index, leaf([[undefined, undefined]]), 2))).toEqual([[undefined, 0]]);
  });

  it('returns the entries unchanged if all are counted', async () => {
    const { index, limits } = over(integers(10));
    const before = leaf([
      [undefined, 4],
      ['4', 6],
    ]);
    await expect(countFirstUncounted(index, before, 2)).resolves.toEqual(before.entries);
    expect(limits).toEqual([]);
  });
});
