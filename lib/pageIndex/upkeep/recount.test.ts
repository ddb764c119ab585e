import { DeleteItemCommand, type GetItemCommand, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { integers, sortedKeys } from '../../../test/keys';
import { INDEX_TABLE, IndexedRows, indexFor } from '../../../test/pageIndex/smallIndex';
import { assertTree } from '../../../test/pageIndex/tree';
import { rebuildAll } from '../../../test/rebuildAll';
import { readTotal } from '../find';
import { ROOT } from '../node';
import { type PageIndex, readNode, replaceNode } from '../store';
import { recount } from './recount';

const range = (first: number, last: number): string[] =>
  Array.from({ length: last - first + 1 }, (_, i) => `${first + i}`);

const childrenOf = async (index: PageIndex, name = ROOT): Promise<string[]> =>
  (await readNode(index, name, { consistent: true }))?.entries.flatMap(({ child }) => child ?? []) ?? [];

describe('recount', () => {
  it('has nothing to do, and nothing to try again, where there is no index', async () => {
    const { dynamo } = await IndexedRows.create(0);
    const index = { ...indexFor(dynamo.connect()), table: 'another' };
    await expect(recount(index, ['1'])).resolves.toEqual(new Map());
    expect(dynamo.names('another')).toEqual([]);
  });

  it('grows and shrinks the tree with the rows', async () => {
    const rows = await IndexedRows.create(0);
    const keys = range(1, 120);
    for (let i = 0; i < keys.length; i += 10) {
      await rows.put(...keys.slice(i, i + 10));
      await expect(recount(rows.index, keys.slice(i, i + 10))).resolves.toEqual(new Map());
      await assertTree(rows.index, rows.dynamo.keys, { isTidy: i > 0 });
    }
    expect((await readNode(rows.index, ROOT, { consistent: true }))?.level).toBeGreaterThan(2);
    for (let i = 0; i < keys.length; i += 10) {
      await rows.delete(...keys.slice(i, i + 10));
      await expect(recount(rows.index, keys.slice(i, i + 10))).resolves.toEqual(new Map());
      await assertTree(rows.index, rows.dynamo.keys, { isTidy: true });
    }
    expect(rows.dynamo.names(INDEX_TABLE).length).toBeLessThan(10);
  });

  it('counts a block once, however many of its keys were touched, and however often', async () => {
    const rows = await IndexedRows.create(100);
    const calls: string[] = [];
    rows.carry = async (command, execute) => {
      calls.push((command as object).constructor.name.replace('Command', ''));
      return execute();
    };
    await recount(rows.index, ['99', '100', '99', '99.5']);
    expect(calls.filter((call) => call === 'Query')).toHaveLength(1);
    expect(calls.filter((call) => call === 'PutItem')).toHaveLength(4); // one a level
  });

  it('reports the keys of a block that cannot be counted, and counts the others', async () => {
    const rows = await IndexedRows.create(30);
    await rows.put('3.5', '3.6', '20.5');
    const failure = new Error('throttled');
    rows.carry = async (command, execute) => {
      if (command instanceof QueryCommand && command.input.ExpressionAttributeValues?.[':through']?.N === '4')
        throw failure;
      return execute();
    };
    await expect(recount(rows.index, ['3.5', '20.5', '3.6'])).resolves.toEqual(
      new Map([
        ['3.5', failure],
        ['3.6', failure],
      ]),
    );
    await assertTree(rows.index, sortedKeys([...range(1, 20), '20.5', ...range(21, 30)]), { isTidy: false });
  });

  it('reports every key where the root is damaged', async () => {
    const { index, dynamo } = await IndexedRows.create(10);
    await dynamo.connect().send(new PutItemCommand({ TableName: INDEX_TABLE, Item: { node: { S: ROOT } } }));
    const failed = await recount(index, ['1', '2']);
    expect([...failed.keys()]).toEqual(['1', '2']);
    expect(failed.get('1')).toMatchObject({ name: 'DamagedIndexError', message: 'node root is not of format 1' });
  });
});

it('does not take keys for counted where the root is marked as being replaced, as it never is', async () => {
  const rows = await IndexedRows.create(10);
  const root = await readNode(rows.index, ROOT, { consistent: true });
  if (root) await replaceNode(rows.index, root, { isFrozen: true });
  expect([...(await recount(rows.index, ['1'])).keys()]).toEqual(['1']);
});

describe('where a node is missing', () => {
  it('reports the keys below it, and counts all others', async () => {
    const rows = await IndexedRows.create(30);
    const [first = ''] = await childrenOf(rows.index);
    await rows.dynamo.connect().send(new DeleteItemCommand({ TableName: INDEX_TABLE, Key: { node: { S: first } } }));
    await rows.put('0', '29.5');
    const before = await readTotal(rows.index);
    const failed = await recount(rows.index, ['0', '29.5']);
    expect([...failed.keys()]).toEqual(['0']);
    expect(failed.get('0')).toMatchObject({
      name: 'DamagedIndexError',
      message: 'node root names a child that does not exist',
    });
    await expect(readTotal(rows.index)).resolves.toBe(before + 1);
  });

  it('gives up to join the neighbour of a small one', async () => {
    const rows = await IndexedRows.create(30);
    const parent = (await childrenOf(rows.index)).at(0) ?? '';
    const [first = '', second = ''] = await childrenOf(rows.index, parent);
    const through = (await readNode(rows.index, first, { consistent: true }))?.through ?? '';
    await rows.dynamo.connect().send(new DeleteItemCommand({ TableName: INDEX_TABLE, Key: { node: { S: second } } }));
    const keys = range(1, Number(through));
    await rows.delete(...keys);
    const failed = await recount(rows.index, keys);
    expect([...failed.keys()]).toEqual(keys);
  });
});

describe('what a rebuild that was cut off has left of the former tree', () => {
  it('is given up, for the tree that there is now', async () => {
    const rows = await IndexedRows.create(100);
    const former = rows.dynamo.names(INDEX_TABLE);
    let left = '';
    const sweeper = rows.dynamo.connect(async (command, execute) => {
      const isLeft = command instanceof DeleteItemCommand && command.input.Key?.node?.S === left;
      return isLeft ? {} : execute();
    });
    await rows.put('50.5');
    let reads = 0;
    rows.carry = async (command, execute) => {
      const answer = execute();
      reads += 1;
      if (reads === 2) {
        left = (command as GetItemCommand).input.Key?.node?.S ?? ''; // the node between the root and what is now swept
        await rebuildAll(indexFor(sweeper));
      }
      return answer;
    };
    await expect(recount(rows.index, ['50.5'])).resolves.toEqual(new Map());
    expect(former.filter((name) => rows.dynamo.names(INDEX_TABLE).includes(name)).sort()).toEqual([left, ROOT].sort());
    await assertTree(rows.index, rows.dynamo.keys, { isTidy: false });
  });
});

describe('a write of which the network makes two', () => {
  it('is not undone, where the first attempt was carried out and the second refused', async () => {
    const rows = await IndexedRows.create(6);
    let writes = 0;
    rows.carry = async (command, execute) => {
      if (command instanceof PutItemCommand && writes++ % 2 === 0) execute();
      return execute();
    };
    for (const key of range(7, 80)) {
      await rows.put(key);
      await expect(recount(rows.index, [key])).resolves.toEqual(new Map());
    }
    await assertTree(rows.index, integers(80), { isTidy: true });
  });

  it('changes nothing where the first attempt arrives late', async () => {
    const rows = await IndexedRows.create(6);
    const late: (() => unknown)[] = [];
    rows.carry = async (command, execute) => {
      if (command instanceof PutItemCommand) late.push(execute);
      return execute();
    };
    for (const key of range(7, 80)) {
      await rows.put(key);
      await recount(rows.index, [key]);
    }
    await Promise.allSettled(late.map(async (arrive) => arrive()));
    await assertTree(rows.index, integers(80), { isTidy: true });
  });
});
