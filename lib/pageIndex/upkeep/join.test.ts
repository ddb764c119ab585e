import { joinSmall, type Measured } from './join';

const SHAPE = {
  ...{ rows: 4, minRows: 3, maxRows: 6, units: 4, minUnits: 2, maxUnits: 6, fewRows: 0 },
  ...{ entries: 4, minEntries: 2, maxEntries: 8, children: 4, minChildren: 2, maxChildren: 8 },
};

/** The rows of a block, and the cost of counting it: undefined if it was not counted just now. */
type Case = readonly [count: number | undefined, units?: number];

const measured = ([count, units]: Case, i: number): Measured => ({ after: i === 0 ? undefined : `${i}`, count, units });

describe('joinSmall', () => {
  it.each<[string, readonly Case[], readonly (number | undefined)[]]>([
    [
      'joins a small block to the one before',
      [
        [4, 2],
        [1, 1],
      ],
      [5],
    ],
    [
      'joins a small block to the next one',
      [
        [1, 1],
        [4, 2],
      ],
      [5],
    ],
    [
      'joins many small blocks',
      [
        [1, 1],
        [1, 1],
        [1, 1],
        [1, 1],
      ],
      [4],
    ],
    [
      'keeps blocks of enough rows',
      [
        [3, 1],
        [3, 1],
      ],
      [3, 3],
    ],
    [
      'keeps blocks of few rows that cost enough',
      [
        [2, 2],
        [2, 2],
      ],
      [2, 2],
    ],
    [
      'joins up to the most rows',
      [
        [5, 2],
        [1, 1],
      ],
      [6],
    ],
    [
      'keeps what would be too many rows',
      [
        [6, 2],
        [1, 1],
      ],
      [6, 1],
    ],
    [
      'joins up to the highest cost',
      [
        [2, 5],
        [1, 1],
      ],
      [3],
    ],
    [
      'keeps what would be too dear',
      [
        [2, 6],
        [1, 1],
      ],
      [2, 1],
    ],
    [
      'keeps small blocks next to a large row',
      [
        [1, 1],
        [1, 100],
        [1, 1],
      ],
      [1, 1, 1],
    ],
    ['keeps a small block next to one of unknown cost', [[1, 1], [2], [1, 1]], [1, 2, 1]],
    ['keeps two blocks of unknown cost', [[1], [1]], [1, 1]],
    ['joins an empty block with any, even of unknown cost', [[0, 1], [5], [0, 1]], [5]],
    ['joins an empty block that was not counted', [[4, 100], [0], [1, 1]], [4, 1]],
    [
      'takes an empty block for free',
      [
        [1, 1],
        [0, 1],
        [2, 5],
      ],
      [3],
    ],
    ['keeps an uncounted block', [[0, 1], [undefined], [0, 1]], [0, undefined, 0]],
    ['keeps an empty block next to one that is too large', [[0, 1], [7]], [0, 7]],
  ])('%s', (_, blocks, expected) => {
    expect(joinSmall(blocks.map(measured), SHAPE).map(({ count }) => count)).toEqual(expected);
  });

  it('lets a block begin where its first part begins, and drops its cost', () => {
    const blocks = [
      [4, 4],
      [1, 1],
      [1, 1],
      [4, 4],
    ] as const;
    expect(joinSmall(blocks.map(measured), SHAPE)).toStrictEqual([
      { after: undefined, count: 6 },
      { after: '3', count: 4 },
    ]);
  });
});
