import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { IndexedRows, indexFor } from '../../../test/pageIndex/smallIndex';
import { type Node, ROOT } from '../node';
import { deleteNode, type PageIndex, readNode, replaceNode } from '../store';
import { firstUncounted, leafAfter, walkLeaves } from './walk';

const readRoot = async (index: PageIndex) => (await readNode(index, ROOT, { consistent: true })) as Node;

const withoutIndex = async () => ({ ...indexFor((await IndexedRows.create(0)).dynamo.connect()), table: 'another' });

describe('walkLeaves', () => {
  it('yields every leaf, in order, as it is now', async () => {
    const rows = await IndexedRows.create(60);
    const noted = rows.noteConsistency();
    const keys: unknown[] = [];
    for await (const { entries } of walkLeaves(rows.index)) keys.push(...entries.map(({ after }) => after));
    expect(keys).toEqual([undefined, ...Array.from({ length: 29 }, (_, i) => `${2 * (i + 1)}`)]);
    expect(noted).toEqual(new Set([true]));
  });

  it('yields nothing if there is no index', async () => {
    await expect(walkLeaves(await withoutIndex()).next()).resolves.toEqual({ done: true, value: undefined });
  });
});

describe('leafAfter', () => {
  it('throws if a child is missing', async () => {
    const rows = await IndexedRows.create(60);
    const { entries } = await readRoot(rows.index);
    await deleteNode(rows.index, entries[0]?.child ?? '');
    await expect(leafAfter(rows.index, undefined)).rejects.toMatchObject({
      name: 'DamagedIndexError',
      message: 'node root names an absent child',
    });
  });

  it('gives up if the child was replaced before it is read, five times in a row', async () => {
    const rows = await IndexedRows.create(60);
    let reads = 0;
    rows.carry = async (command, execute) => {
      if (!(command instanceof GetItemCommand)) return execute();
      if (command.input.Key?.node?.S !== ROOT) return {};
      reads += 1;
      const root = await readRoot(indexFor(rows.dynamo.connect()));
      await replaceNode(indexFor(rows.dynamo.connect()), root, {});
      return execute();
    };
    await expect(leafAfter(rows.index, undefined)).rejects.toMatchObject({ name: 'UnavailableError' });
    expect(reads).toBe(10); // five descents, and a check after each that the child was replaced
  });
});

describe('firstUncounted', () => {
  it('finds nothing if all is counted, or there is no index', async () => {
    await expect(firstUncounted((await IndexedRows.create(60)).index)).resolves.toBeUndefined();
    await expect(firstUncounted(await withoutIndex())).resolves.toBeUndefined();
  });

  it('finds a leaf whose parent is not up to date, and the rows before it', async () => {
    const { index } = await IndexedRows.create(60);
    const root = await readRoot(index);
    const entries = root.entries.map((entry, i) => (i === 2 ? { ...entry, count: undefined } : entry));
    await replaceNode(index, root, { entries });
    const [first, second, third] = root.entries;
    const found = await firstUncounted(index);
    expect(found?.leaf.name).toBe(third?.child);
    expect(found?.rank).toBe((first?.count ?? 0) + (second?.count ?? 0));
  });
});
