import { formatNode } from './format';
import {
  cutEvenly,
  type Entry,
  entryAfter,
  groupByEntry,
  isChildOf,
  locate,
  type Node,
  SHAPE,
  throughOf,
  totalOf,
} from './node';

const ENTRIES: Entry[] = [
  { after: undefined, count: 3 },
  { after: '10', count: 0 },
  { after: '20.5', count: 5 },
];

describe('totalOf', () => {
  it('is the sum of all entries', () => expect(totalOf(ENTRIES)).toBe(8));

  it('is undefined while an entry is uncounted', () => {
    expect(totalOf([...ENTRIES, { after: '30', count: undefined }])).toBeUndefined();
  });
});

describe('locate', () => {
  it.each([
    [0, undefined, 0],
    [2, undefined, 0],
    [3, '20.5', 3],
    [7, '20.5', 3],
  ])('finds the row at offset %d after %s, with %d rows before', (offset, after, rank) => {
    const { i, rank: before } = locate(ENTRIES, offset);
    expect([ENTRIES[i]?.after, before]).toEqual([after, rank]);
  });

  it.each([8, 9, Number.MAX_SAFE_INTEGER])('finds an offset beyond the end (%d) in the last entry', (offset) => {
    expect(locate(ENTRIES, offset)).toEqual({ i: 2, rank: 3 });
  });

  it('finds an offset before the first row, from an outdated parent, in the first entry', () => {
    expect(locate(ENTRIES, -1)).toEqual({ i: 0, rank: 0 });
  });

  it.each([
    [1, 0, 0],
    [2, 1, 2],
    [4, 1, 2],
    [9, 1, 2],
  ])('stops at an uncounted entry: offset %d', (offset, i, rank) => {
    const uncounted = { after: '5', count: undefined };
    const entries = [{ after: undefined, count: 2 }, uncounted, { after: '8', count: 3 }, { after: '11', count: 1 }];
    expect(locate(entries, offset)).toEqual({ i, rank });
  });
});

describe('groupByEntry', () => {
  it.each([
    ['-1e125', 0],
    ['9', 0],
    ['10', 0],
    ['10.0', 0],
    ['10.000000000000000000000000000000000001', 1],
    ['20.5', 1],
    ['20.51', 2],
    ['1e126', 2],
  ])('puts %s into the entry at %d: a boundary belongs to the entry that ends there', (key, position) => {
    expect([...groupByEntry(ENTRIES, [key])]).toEqual([[position, [key]]]);
  });

  it('keeps the order of the keys within an entry', () => {
    expect([...groupByEntry(ENTRIES, ['30', '5', '21', '6'])]).toEqual([
      [2, ['30', '21']],
      [0, ['5', '6']],
    ]);
  });
});

describe('entryAfter', () => {
  it.each([
    [undefined, 0],
    ['9', 0],
    ['10', 1],
    ['20.49', 1],
    ['20.5', 2],
    ['99', 2],
  ])(
    'finds the rows after %s in the entry at %d: those after a boundary are in the entry that begins there',
    (key, i) => {
      expect(entryAfter(ENTRIES, key)).toBe(i);
    },
  );
});

describe('throughOf', () => {
  it.each([
    [0, '10'],
    [1, '20.5'],
    [2, '99'],
  ])('ends the entry at %d with %s', (i, through) => {
    expect(throughOf({ entries: ENTRIES, through: '99' }, i)).toBe(through);
  });

  it('returns no end for the last entry of the last node', () => {
    expect(throughOf({ entries: ENTRIES, through: undefined }, 2)).toBeUndefined();
  });
});

describe('isChildOf', () => {
  const parent = { generation: 'now', level: 2, entries: ENTRIES, through: '30' };
  const child = { generation: 'now', level: 1, entries: [{ after: '10', count: 0 }], through: '20.5' };

  it.each<[number, typeof parent]>([
    [0, { ...child, entries: ENTRIES, through: '10' }],
    [1, child],
    [1, { ...child, entries: [{ after: '1E+1', count: 0 }], through: '20.50' }],
    [2, { ...child, entries: [{ after: '20.5', count: 5 }], through: '30' }],
  ])('accepts the child of the entry at %d', (i, node) => expect(isChildOf(node, parent, i)).toBe(true));

  it.each<[string, Partial<Node>]>([
    ['of another tree', { generation: 'former' }],
    ['a level higher', { level: 2 }],
    ['a level lower', { level: 0 }],
    ['from the first row', { entries: ENTRIES }],
    ['from another row', { entries: [{ after: '11', count: 0 }] }],
    ['to another row', { through: '20.4' }],
    ['without an end', { through: undefined }],
    ['of nothing', { entries: [] }],
  ])('rejects a node %s', (_, other) => expect(isChildOf({ ...child, ...other }, parent, 1)).toBe(false));

  it('accepts as last child only a node without an end if the parent has none', () => {
    const [endless, last] = [
      { ...parent, through: undefined },
      { ...child, entries: [{ after: '20.5', count: 5 }] },
    ];
    expect(isChildOf({ ...last, through: undefined }, endless, 2)).toBe(true);
    expect(isChildOf({ ...last, through: '30' }, endless, 2)).toBe(false);
  });
});

describe('cutEvenly', () => {
  it.each([
    [0, [0]],
    [1, [1]],
    [4, [4]],
    [5, [3, 2]],
    [6, [3, 3]],
    [7, [4, 3]],
    [8, [3, 2, 3]],
    [100, Array.from({ length: 33 }, (_, i) => Math.round(((i + 1) * 100) / 33) - Math.round((i * 100) / 33))],
  ])('cuts %d items by 3 into runs of %j', (length, sizes) => {
    const items = Array.from({ length }, (_, i) => i);
    const runs = cutEvenly(items, 3);
    expect(runs.map((run) => run.length)).toEqual(sizes);
    expect(runs.flat()).toEqual(items);
  });
});

describe('SHAPE', () => {
  const { rows, minRows, maxRows, units, minUnits, maxUnits } = SHAPE;
  const LEAF = { size: SHAPE.entries, min: SHAPE.minEntries, max: SHAPE.maxEntries };
  const INNER = { size: SHAPE.children, min: SHAPE.minChildren, max: SHAPE.maxChildren };

  it('holds ten million small rows in two levels, and as many of 8 KB in three', () => {
    expect(rows * LEAF.size * INNER.max).toBeGreaterThan(10_000_000);
    expect((units / 2) * LEAF.size * INNER.size * INNER.max).toBeGreaterThan(10_000_000);
  });

  it('keeps nodes, with ids of eight digits, within one read unit', () => {
    const [after, name, version] = ['12345678', 'a'.repeat(12), 'b'.repeat(12)];
    const bytes = (level: number, entry: Entry, length: number) => {
      const entries = Array<Entry>(length).fill(entry);
      const node = { name, version, generation: version, level, entries, through: after, isFrozen: false };
      return Object.entries(formatNode(node)).reduce(
        (sum, [key, { S = '', N = '' }]) => sum + `${key}${S}${N}`.length,
        0,
      );
    };
    expect(bytes(0, { after, count: 300 }, LEAF.max)).toBeLessThanOrEqual(8_192);
    expect(bytes(1, { after, count: 99_999, child: name }, INNER.max)).toBeLessThanOrEqual(8_192);
  });

  it('never cuts into parts that must be joined, nor joins into parts that must be cut', () => {
    expect(rows).toBeGreaterThanOrEqual(minRows);
    expect(maxRows).toBeGreaterThanOrEqual(rows);
    expect(units).toBeGreaterThanOrEqual(minUnits);
    expect(maxUnits).toBeGreaterThanOrEqual(units);
    for (const { size, min, max } of [LEAF, INNER]) {
      for (let length = 2; length <= 3 * max; length += 1) {
        const sizes = cutEvenly(Array(length).fill(0), size).map((run) => run.length);
        expect(Math.max(...sizes)).toBeLessThanOrEqual(max);
        if (length >= min) expect(Math.min(...sizes)).toBeGreaterThanOrEqual(min);
      }
    }
  });
});
