/** Asserts the deterministic results of `npm run bench`; times are excluded. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { simulated } from './collections';
import { readPage } from './paging';
import { openLarge, priceOf, writeTree } from './price';
import { ask, type Collection, openCollection, REQUESTS } from './roundTrips';
import { appended, grow, insert } from './upkeep';
import { readAll } from './wholeList';

type Metafile = {
  readonly outputs: Readonly<Record<string, { readonly bytes: number; readonly imports: readonly { path: string }[] }>>;
};
const { outputs }: Metafile = JSON.parse(readFileSync(join(__dirname, '../dist/meta.json'), 'utf8'));

describe('the bundles, whose size determines cold starts', () => {
  // Some 5% above the sizes of November 2026: room for a feature, not for an accidental dependency.
  it.each([
    ['listLambdaInstances', 53_000],
    ['maintainPageIndex', 33_000],
    ['auditPageIndex', 35_000],
  ])('keep %s within %d bytes', (name, max) => {
    expect(outputs[`dist/${name}.js`]?.bytes).toBeLessThanOrEqual(max);
  });

  it('load only the Node.js modules that a request to DynamoDB needs', () => {
    const modules = outputs['dist/listLambdaInstances.js']?.imports.map(({ path }) => path);
    expect([...new Set(modules)].sort()).toEqual(['node:crypto', 'node:http', 'node:https']);
  });
});

/** In the order of REQUESTS; `turns` in the order of KNOWN. */
const EXPECTED = [
  { calls: 3, readUnits: 2.5, turns: [2, 1, 1, 1] },
  { calls: 3, readUnits: 3.5, turns: [3, 1, 1, 2], wastedCalls: 1 },
  { calls: 4, readUnits: 4, turns: [4, 2, 1, 2], wastedCalls: 1 },
  { calls: 2, readUnits: 1.5, turns: [2, 1, 1, 1] }, // the token's unit, and the page's half
  { calls: 7, readUnits: 420, turns: [4, 2, 2, 2] }, // the first list of a process waits for the total
];

const KNOWN = ['never seen', 'seen before', 'seen with this request'] as const;
const MOVED = 'seen with this request, before an insertion in front';

describe.each(REQUESTS.map((request, i) => ({ ...request, expected: EXPECTED[i] })))(
  '$name of $rows instances',
  ({ rows, query, expected }) => {
    let collection: Collection;
    beforeAll(async () => {
      collection = await openCollection(rows);
    });
    afterAll(() => collection.stop());

    it.each(KNOWN.map((token, i) => [token, i] as const))('has the expected cost for a token %s', async (token, i) => {
      const { turns = [], calls, readUnits } = expected ?? {};
      expect(await ask(collection, query, token)).toEqual({ calls, readUnits, turns: turns[i] });
    });

    it('takes one query more, and no more turns than at first, once the place has moved', async () => {
      const { turns = [], calls = 0, wastedCalls = 0 } = expected ?? {};
      const cost = await ask(collection, query, MOVED);
      expect(cost).toMatchObject({ calls: calls + wastedCalls, turns: turns[3] });
    });

    it('costs one read for an unknown token', async () => {
      expect(await ask(collection, query, 'unknown to DynamoDB')).toEqual({ calls: 1, turns: 1, readUnits: 1 });
    });
  },
);

describe('a list that is too large by its total', () => {
  let collection: Collection;
  beforeAll(async () => {
    collection = await openCollection(1_000_000);
  });
  afterAll(() => collection.stop());

  it.each([
    ['as text', '', ''],
    ['compressed', '', 'br'],
    ['as one page', 'limit=1000000&page=1', 'br'],
  ])('is refused before anything is read, %s', async (_, query, coding) => {
    const { calls, readUnits } = await ask(collection, query, 'never seen', { coding, status: 400 });
    expect({ calls, readUnits }).toEqual({ calls: 2, readUnits: 1.5 }); // the token and the index's root
  });
});

describe('20,000 instances of 500 bytes', () => {
  it.each([
    ['by the page index', true, { calls: 3, depth: 3, readUnits: 4.5 }],
    ['by skipping, which counts rather than reads', false, { calls: 6, depth: 6, readUnits: 611 }],
  ])('give a page of 25 in the middle %s', async (_way, isIndexed, expected) => {
    const cost = await readPage(await simulated(20_000, 500), 400, isIndexed);
    expect(cost).toMatchObject(expected);
    expect(cost.bytes).toBeLessThan(10_000);
  });
});

describe('the whole list', () => {
  it.each([
    { size: 20_000, rowBytes: 2_500, concurrency: 1, depth: 49, readUnits: 6_150 }, // 6,104 for the rows alone; an index of two levels
    { size: 20_000, rowBytes: 2_500, concurrency: 4, depth: 14, readUnits: 6_150 },
    { size: 300, rowBytes: 40_000, concurrency: 4, depth: 5, readUnits: 1_500 }, // 1,465; of two blocks
  ])(
    'of $size instances of $rowBytes bytes, with $concurrency readers, takes at most $depth sequential calls',
    async ({ size, rowBytes, concurrency, depth, readUnits }) => {
      const cost = await readAll(await simulated(size, rowBytes), concurrency, 1);
      expect(cost.depth).toBeLessThanOrEqual(depth);
      expect(cost.readUnits).toBeLessThan(readUnits);
    },
  );
});

describe('a page of 25 by the index, at any depth', () => {
  it.each([
    { rowBytes: 60, size: 10_000_000, calls: 3 },
    { rowBytes: 200, size: 100_000, calls: 3 },
    { rowBytes: 200, size: 10_000_000, calls: 4 },
    { rowBytes: 1_000, size: 100_000, calls: 3 },
    { rowBytes: 1_000, size: 10_000_000, calls: 4 },
    { rowBytes: 4_000, size: 10_000_000, calls: 4 },
    { rowBytes: 40_000, size: 20_000, calls: 3 },
    { rowBytes: 40_000, size: 1_000_000, calls: 4 }, // with ten million, five
  ])(
    'of $size instances of $rowBytes bytes costs at most 4 read units beyond its own rows, and $calls calls',
    async ({ rowBytes, size, calls }) => {
      const price = await priceOf(await openLarge(size, rowBytes));
      expect(price.most).toBeLessThanOrEqual(4);
      expect(price.calls).toBe(calls);
    },
  );

  it('costs the same with an index whose nodes were written without counting', async () => {
    const counted = await simulated(100_000, 1_000);
    const written = await simulated(100_000, 1_000);
    await writeTree(written, 16);
    expect(await priceOf(written)).toEqual(await priceOf(counted));
  });
});

describe('a random insertion', () => {
  it.each([
    { rowBytes: 60, units: 6, most: 14 },
    { rowBytes: 200, units: 6, most: 14 },
    { rowBytes: 1_000, units: 6, most: 14 },
    { rowBytes: 2_000, units: 7, most: 14 },
    { rowBytes: 4_000, units: 6, most: 8 },
    { rowBytes: 5_500, units: 6, most: 8 },
    { rowBytes: 8_000, units: 7, most: 8 },
    { rowBytes: 12_000, units: 8, most: 15 },
    { rowBytes: 16_000, units: 8.1, most: 12 },
    { rowBytes: 24_000, units: 12.1, most: 18 }, // two rows
    { rowBytes: 40_000, units: 20.1, most: 30 },
  ])(
    'among rows of $rowBytes bytes costs at most $units read units of recounting on average, and $most, while a table grows to four times its size',
    async ({ rowBytes, units, most }) => {
      const measured = await grow(rowBytes);
      expect(measured.average).toBeLessThanOrEqual(units);
      expect(measured.most).toBeLessThanOrEqual(most);
    },
  );
});

it('appending 1,000 rows to 2,000, 100 at a time, has the expected reads and writes', async () => {
  const { calls, readUnits, writeUnits } = await insert({ size: 2_000, batch: 100, toKey: appended }, 60);
  expect({ calls, readUnits, writeUnits }).toEqual({ calls: 45, readUnits: 95, writeUnits: 10 });
});
