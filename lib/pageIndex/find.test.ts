import { type AttributeValue, DeleteItemCommand, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { collect } from '../../test/batches';
import { inTurns } from '../../test/inTurns';
import { toArray } from '../../test/keys';
import { INDEX_TABLE, INSTANCES, IndexedRows } from '../../test/pageIndex/smallIndex';
import { rebuildAll } from '../../test/rebuildAll';
import { readPage } from '../instances/readPage';
import { findPlace, readTotal } from './find';
import { locate, ROOT, START } from './node';
import { SeenNodes } from './seenNodes';
import { type PageIndex, readChild, readNode, replaceNode } from './store';
import { rebuild } from './upkeep/rebuild';
import { recount } from './upkeep/recount';

/** Rows 1 to 150, in four levels. */
const ROWS = 150;

const putNode = ({ dynamo }: IndexedRows, item: Record<string, AttributeValue>) =>
  dynamo.connect().send(new PutItemCommand({ TableName: INDEX_TABLE, Item: item }));

const removeNode = ({ dynamo }: IndexedRows, name: string) =>
  dynamo.connect().send(new DeleteItemCommand({ TableName: INDEX_TABLE, Key: { node: { S: name } } }));

async function idsOf({ index, dynamo }: IndexedRows, offset: number, limit: number): Promise<string[]> {
  const { place } = await findPlace(index, offset);
  const source = { sender: dynamo.connect(), partition: INSTANCES };
  const { items } = await collect(readPage(source, { offset, limit, number: 1 }, place));
  return items.map(({ id }) => id);
}

describe('findPlace', () => {
  it('returns the block of every offset', async () => {
    const { index } = await IndexedRows.create(ROWS);
    for (let offset = 0; offset < ROWS; offset += 1) {
      const { place, total } = await findPlace(index, offset);
      expect(total).toBe(ROWS);
      expect(place).toEqual({ rank: place.rank, after: place.rank === 0 ? undefined : String(place.rank) });
      expect(offset - place.rank).toBeGreaterThanOrEqual(0);
      expect(offset - place.rank).toBeLessThan(index.shape.maxRows);
    }
  });

  it.each([ROWS, ROWS + 1, Number.MAX_SAFE_INTEGER])(
    'returns the last block for an offset beyond the end: %d',
    async (offset) => {
      const { index } = await IndexedRows.create(ROWS);
      const place = { after: '148', rank: 148 };
      await expect(findPlace(index, offset)).resolves.toEqual({ total: ROWS, place, isAsGuessed: false });
    },
  );

  it('returns the first row’s place in an empty table', async () => {
    const { index } = await IndexedRows.create(0);
    await expect(findPlace(index, 7)).resolves.toEqual({ total: 0, place: START, isAsGuessed: false });
  });

  it('reads one item per level, eventually consistent, and one item for the total', async () => {
    const rows = await IndexedRows.create(ROWS);
    const reads: unknown[] = [];
    rows.carry = async (command, execute) => {
      reads.push(command instanceof GetItemCommand && command.input.ConsistentRead);
      return execute();
    };
    await findPlace(rows.index, 20);
    expect(reads).toEqual([false, false, false, false]);
    await readTotal(rows.index);
    expect(reads).toHaveLength(5);
  });
});

describe('findPlace with a guess', () => {
  const OFFSET = 77;

  async function open() {
    const rows = await IndexedRows.create(ROWS);
    const seen = new SeenNodes();
    const index = { ...rows.index, seen };
    return { rows, seen, index, find: () => findPlace(index, OFFSET, seen.guess(OFFSET)) };
  }

  it('reads the nodes of the guess side by side, and confirms it', async () => {
    const { rows, find } = await open();
    const first = await find();
    expect(first.isAsGuessed).toBe(false);
    const { carry, cost } = inTurns();
    rows.carry = carry;
    await expect(find()).resolves.toEqual({ ...first, isAsGuessed: true });
    expect(cost).toEqual({ calls: 4, turns: 1 });
  });

  it('rejects it if the place has the same key and another rank', async () => {
    const { rows, index, find } = await open();
    const { place } = await find();
    await rows.put('0.5');
    await recount(rows.index, ['0.5']);
    const found = await find();
    expect(found).toMatchObject({ place: { after: place.after, rank: place.rank + 1 }, isAsGuessed: false });
    await expect(findPlace(index, OFFSET, index.seen.guess(OFFSET))).resolves.toEqual({ ...found, isAsGuessed: true });
  });

  it('rejects it after a rebuild, even if the place is the same', async () => {
    const { rows, find } = await open();
    const { place } = await find();
    await rebuildAll(rows.index);
    await expect(find()).resolves.toMatchObject({ place, isAsGuessed: false });
    await expect(find()).resolves.toMatchObject({ place, isAsGuessed: true });
  });

  it('ignores a guessed node that no longer leads to the place', async () => {
    const { rows, seen, index } = await open();
    await findPlace(index, 140);
    const guess = seen.guess(140);
    const last = guess?.names.at(-1);
    rows.carry = async (command, execute) => {
      if (command instanceof GetItemCommand && command.input.Key?.node?.S === last) throw new Error('throttled');
      return execute();
    };
    const { failure, isAsGuessed } = await findPlace(index, 3, guess);
    expect({ failure, isAsGuessed }).toEqual({ failure: undefined, isAsGuessed: false });
  });
});

describe('an index with an unusable root', () => {
  const damaged = { node: { S: ROOT }, format: { S: '1' } };

  it.each<[string, (rows: IndexedRows) => Promise<unknown>, string]>([
    ['absent', (rows) => removeNode(rows, ROOT), 'there is no index'],
    ['damaged', (rows) => putNode(rows, damaged), 'node root is not of format 1'],
    ['of another format', (rows) => putNode(rows, { ...damaged, format: { S: '2' } }), 'node root is not of format 1'],
    ['incomplete', ({ index }) => rebuild(index).next(), 'the index is not complete'],
  ])('throws if the root is %s', async (_what, damage, message) => {
    const rows = await IndexedRows.create(ROWS);
    await damage(rows);
    await expect(findPlace(rows.index, 5)).rejects.toMatchObject({ name: 'DamagedIndexError', message });
    await expect(readTotal(rows.index)).rejects.toMatchObject({ name: 'DamagedIndexError', message });
  });

  it('throws if the root is unreadable', async () => {
    const rows = await IndexedRows.create(ROWS);
    const failure = new Error('throttled');
    rows.carry = async () => Promise.reject(failure);
    await expect(findPlace(rows.index, 5)).rejects.toBe(failure);
    await expect(readTotal(rows.index)).rejects.toBe(failure);
  });
});

describe('an unusable node below the root', () => {
  const OFFSET = 149; // of the last row

  it.each<[string, (rows: IndexedRows, name: string) => Promise<unknown>, string]>([
    ['absent', removeNode, 'a node has been replaced since its parent was read'],
    ['damaged', (rows, name) => putNode(rows, { node: { S: name } }), 'is not of format 1'],
    [
      'unreadable',
      async (rows, name) => {
        rows.carry = async (command, execute) => {
          if (command instanceof GetItemCommand && command.input.Key?.node?.S === name) throw new Error('throttled');
          return execute();
        };
      },
      'throttled',
    ],
  ])('makes the place less near, but still correct: %s', async (_what, damage, message) => {
    const distances: number[] = [];
    for (const level of [0, 1, 2]) {
      const rows = await IndexedRows.create(ROWS);
      await damage(rows, await nameOnTheWay(rows.index, OFFSET, level));
      const { place, total, failure } = await findPlace(rows.index, OFFSET);
      expect(total).toBe(ROWS);
      expect(place).toEqual({ after: String(place.rank), rank: place.rank });
      expect(failure).toMatchObject({ message: expect.stringContaining(message) });
      await expect(idsOf(rows, OFFSET, 2)).resolves.toEqual(['150']);
      distances.push(OFFSET - place.rank);
    }
    expect(distances).toEqual([5, 19, 53]); // from the start of the parent's entry
  });
});

describe('an uncounted entry below a complete root', () => {
  it.each([0, 1, 2])('is where a page beyond it is counted from: at level %d', async (level) => {
    const rows = await IndexedRows.create(ROWS);
    const name = await nameOnTheWay(rows.index, 149, level);
    const node = await readNode(rows.index, name, { consistent: true });
    const [, second] = node?.entries ?? [];
    const entries = node?.entries.map((entry) => (entry === second ? { ...entry, count: undefined } : entry));
    if (node && entries) await replaceNode(rows.index, node, { entries });
    const first = Number(node?.entries[0]?.after);
    const { place, failure } = await findPlace(rows.index, first);
    expect({ place, failure }).toEqual({ place: { after: String(first), rank: first }, failure: undefined });
    for (let offset = Number(second?.after); offset < ROWS; offset += 1) {
      const found = await findPlace(rows.index, offset);
      expect(found.place).toEqual({ after: second?.after, rank: Number(second?.after) });
      expect(found.failure).toMatchObject({ message: 'a node below a complete root is not counted' });
      await expect(idsOf(rows, offset, 1)).resolves.toEqual([`${offset + 1}`]);
    }
  });
});

/** The node at a level on the path to an offset. */
async function nameOnTheWay(index: PageIndex, offset: number, level: number): Promise<string> {
  let node = await readNode(index, ROOT, { consistent: true });
  for (let rank = 0; node && node.level > level; ) {
    const found = locate(node.entries, offset - rank);
    rank += found.rank;
    node = await readChild(index, node, found.i, { consistent: true });
  }
  return node?.name ?? '';
}

describe('with uncounted changes', () => {
  it('finds all appended rows, however many', async () => {
    const rows = await IndexedRows.create(ROWS);
    await rows.put(...Array.from({ length: 30 }, (_, i) => `${ROWS + 1 + i}`));
    for (let offset = 0; offset < ROWS + 30; offset += 1) {
      await expect(idsOf(rows, offset, 1)).resolves.toEqual([`${offset + 1}`]);
    }
    await expect(idsOf(rows, ROWS + 30, 1)).rejects.toMatchObject({ refusal: 'page-out-of-range' });
  });

  it('is off by at most the number of rows inserted before the page', async () => {
    const rows = await IndexedRows.create(ROWS);
    await rows.put('0.1', '0.2', '0.3');
    const ids = toArray(rows.dynamo.keys);
    const [first = ''] = await idsOf(rows, 20, 1);
    expect(ids.indexOf(first)).toBe(23);
    await recount(rows.index, ['0.1']);
    await expect(idsOf(rows, 20, 1)).resolves.toEqual([ids[20]]);
  });

  it('continues after a leaf with fewer rows than its parent counts', async () => {
    const rows = await IndexedRows.create(ROWS);
    await rows.delete('148', '149', '150');
    const parentIsNotTold = new Error('cut off');
    rows.carry = async (command, execute) => {
      if (command instanceof PutItemCommand && command.input.Item?.level?.N !== '0') throw parentIsNotTold;
      return execute();
    };
    await expect(recount(rows.index, ['150'])).resolves.toEqual(new Map([['150', parentIsNotTold]]));
    rows.carry = undefined;
    await rows.put('151', '152', '153');
    await expect(idsOf(rows, 148, 5)).resolves.toEqual(['152', '153']);
  });
});
