/** An index whose items somebody else has changed: it may be of no use, but leads nobody astray, and nobody round in circles. */
import {
  type AttributeValue,
  DeleteItemCommand,
  PutItemCommand,
  ScanCommand,
  type ScanCommandOutput,
} from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { INDEX_TABLE, IndexedRows } from '../../../test/pageIndex/smallIndex';
import { findPlace, readRoot } from '../find';
import { readBlocks } from '../segments';
import { auditNext } from './audit';
import { recount } from './recount';
import { walkLeaves } from './walk';

type Item = Record<string, AttributeValue>;

/** What becomes of one item, in view of another. */
const DAMAGES: Readonly<Record<string, (item: Item, other: Item) => Item | undefined>> = {
  'is gone': () => undefined,
  'is a copy of another': ({ node }, other) => ({ ...other, ...(node ? { node } : {}) }),
  'names another as its first child': (item, { node }) => ({ ...item, entries: { S: withChild(item, node?.S, 0) } }),
  'names another as its last child': (item, { node }) => ({ ...item, entries: { S: withChild(item, node?.S, -1) } }),
  'names itself, and nothing else': (item) => ({
    ...item,
    entries: { S: JSON.stringify([[entriesOf(item)[0]?.[0], 1, item.node?.S]]) },
  }),
  'ends before its last row': ({ through, ...item }) => ({
    ...item,
    ...(through ? { through: { N: String(Number(through.N) - 0.5) } } : {}),
  }),
  'is of another level': (item) => ({ ...item, level: { N: String(Number(item.level?.N) + 1) } }),
  'is of another generation': (item) => ({ ...item, generation: { S: 'former' } }),
  'has an uncounted entry': (item, other) => ({
    ...item,
    entries: {
      S: JSON.stringify(
        entriesOf(item).map((entry, n, { length }) =>
          n === entriesOf(other).length % length ? [entry[0], null, ...entry.slice(2)] : entry,
        ),
      ),
    },
  }),
  'has lost its first entry': (item) => ({ ...item, entries: { S: JSON.stringify(entriesOf(item).slice(1)) } }),
};

const entriesOf = ({ entries }: Item): unknown[][] => JSON.parse(entries?.S ?? '[]');

function withChild(item: Item, child: string | undefined, position: number): string {
  const entries = entriesOf(item);
  const i = entries.length + position;
  return JSON.stringify(entries.map((entry, n) => (n === i % entries.length ? [entry[0], entry[1], child] : entry)));
}

const damage = fc.record({ kind: fc.constantFrom(...Object.keys(DAMAGES)), item: fc.nat(), other: fc.nat() });
type Damage = typeof damage extends fc.Arbitrary<infer Value> ? Value : never;

async function inflict({ dynamo }: IndexedRows, damages: readonly Damage[]): Promise<void> {
  const client = dynamo.connect();
  for (const { kind, item: i, other } of damages) {
    const { Items = [] }: ScanCommandOutput = await client.send(new ScanCommand({ TableName: INDEX_TABLE }));
    const [item, another] = [Items[i % Items.length], Items[other % Items.length]];
    if (!item?.node || !another) return;
    const changed = DAMAGES[kind]?.(item, another);
    if (changed) await client.send(new PutItemCommand({ TableName: INDEX_TABLE, Item: changed }));
    else await client.send(new DeleteItemCommand({ TableName: INDEX_TABLE, Key: { node: item.node } }));
  }
}

const ROWS = 40; // 1 to 40, in three levels
const MAX_CALLS = 2_000;

/** Rejects if what is done asks for more than a tree of this size could need. */
const limited = (rows: IndexedRows): void => {
  let calls = 0;
  rows.carry = async (_, execute) => {
    calls += 1;
    if (calls > MAX_CALLS) throw new Error('round in circles');
    return execute();
  };
};

/** What is no error of the index itself is passed on. */
async function unlessDamaged<Result>(result: Promise<Result>): Promise<Result | undefined> {
  return result.catch((error: Error) => {
    if (error.name === 'DamagedIndexError') return undefined;
    throw error;
  });
}

it('tells of no place but where it is, and of blocks only in their order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(damage, { minLength: 1, maxLength: 3 }), fc.nat(ROWS), async (damages, offset) => {
      const rows = await IndexedRows.create(ROWS);
      await inflict(rows, damages);
      limited(rows);
      const found = await unlessDamaged(findPlace(rows.index, offset));
      if (found) expect(found.place).toEqual({ after: keyBefore(found.place.rank), rank: found.place.rank });
      if (found) expect(found.place.rank).toBeLessThanOrEqual(offset);
      const told = await unlessDamaged(readRoot(rows.index).then(({ root }) => readBlocks(rows.index, root)));
      const bounds = told?.blocks.map(({ after }) => Number(after ?? 0));
      if (bounds) expect(bounds).toEqual([...new Set(bounds)].sort((a, b) => a - b));
      if (bounds) expect(bounds[0]).toBe(0);
    }),
    { numRuns: 500 },
  );
});

const keyBefore = (rank: number): string | undefined => (rank === 0 ? undefined : String(rank));

it('lets nobody who keeps or walks it go round in circles', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(damage, { minLength: 1, maxLength: 3 }), fc.nat(ROWS), async (damages, key) => {
      const rows = await IndexedRows.create(ROWS);
      await inflict(rows, damages);
      limited(rows);
      for (const failure of (await recount(rows.index, [String(key)])).values()) {
        expect(failure).toMatchObject({ name: 'DamagedIndexError' });
      }
      await unlessDamaged(auditNext(rows.index, 4));
      const walk = async () => {
        for await (const _leaf of walkLeaves(rows.index));
      };
      await unlessDamaged(walk());
    }),
    { numRuns: 500 },
  );
});
