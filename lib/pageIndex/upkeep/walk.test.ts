import { DeleteItemCommand, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { INDEX_TABLE, IndexedRows, indexFor } from '../../../test/pageIndex/smallIndex';
import { type Node, ROOT } from '../node';
import { type PageIndex, readNode, replaceNode } from '../store';
import { firstUncounted, leafBehind, walkLeaves } from './walk';

const readRoot = async (index: PageIndex) => (await readNode(index, ROOT, { consistent: true })) as Node;

const withoutIndex = async () => ({ ...indexFor((await IndexedRows.create(0)).dynamo.connect()), table: 'another' });

describe('walkLeaves', () => {
  it('meets every leaf, in order, as it is now', async () => {
    const rows = await IndexedRows.create(60);
    const noted = rows.noteConsistency();
    const keys: unknown[] = [];
    for await (const { entries } of walkLeaves(rows.index)) keys.push(...entries.map(({ after }) => after));
    expect(keys).toEqual([undefined, ...Array.from({ length: 29 }, (_, i) => `${2 * (i + 1)}`)]);
    expect(noted).toEqual(new Set([true]));
  });

  it('meets none where there is no index', async () => {
    await expect(walkLeaves(await withoutIndex()).next()).resolves.toEqual({ done: true, value: undefined });
  });
});

describe('leafBehind', () => {
  it('looks five times for a child that is not there', async () => {
    const rows = await IndexedRows.create(60);
    const { entries } = await readRoot(rows.index);
    const Key = { node: { S: entries[0]?.child ?? '' } };
    await rows.dynamo.connect().send(new DeleteItemCommand({ TableName: INDEX_TABLE, Key }));
    let looks = 0;
    rows.carry = async (command, execute) => {
      if (command instanceof GetItemCommand && command.input.Key?.node?.S === ROOT) looks += 1;
      return execute();
    };
    await expect(leafBehind(rows.index, undefined)).rejects.toThrow('a node names a child that does not exist');
    expect(looks).toBe(5);
  });
});

describe('firstUncounted', () => {
  it('finds nothing where all is counted, or there is no index', async () => {
    await expect(firstUncounted((await IndexedRows.create(60)).index)).resolves.toBeUndefined();
    await expect(firstUncounted(await withoutIndex())).resolves.toBeUndefined();
  });

  it('finds a leaf that its parent has not been told of, and the rows before it', async () => {
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
