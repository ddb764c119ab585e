import { DeleteItemCommand, type GetItemCommand, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { integers, sortedKeys } from '../../../test/keys';
import { INDEX_TABLE, IndexedRows, indexFor } from '../../../test/pageIndex/smallIndex';
import { assertTree } from '../../../test/pageIndex/tree';
import { rebuildAll } from '../../../test/rebuildAll';
import { ROOT } from '../node';
import { readNode } from '../store';
import { recount } from './recount';

const range = (first: number, last: number): string[] =>
  Array.from({ length: last - first + 1 }, (_, i) => `${first + i}`);

describe('recount', () => {
  it('does nothing, and fails no key, if there is no index', async () => {
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

  it('counts a block once, however many of its keys are given', async () => {
    const rows = await IndexedRows.create(100);
    const calls: string[] = [];
    rows.carry = async (command, execute) => {
      calls.push((command as object).constructor.name.replace('Command', ''));
      return execute();
    };
    await recount(rows.index, ['99', '100', '99', '99.5']);
    expect(calls.filter((call) => call === 'Query')).toHaveLength(1);
    expect(calls.filter((call) => call === 'PutItem')).toHaveLength(4); // one per level
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
});

describe('nodes of a former tree', () => {
  it('are given up for the present tree', async () => {
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
        left = (command as GetItemCommand).input.Key?.node?.S ?? ''; // the node between the root and those that are swept now
        await rebuildAll(indexFor(sweeper));
      }
      return answer;
    };
    await expect(recount(rows.index, ['50.5'])).resolves.toEqual(new Map());
    expect(former.filter((name) => rows.dynamo.names(INDEX_TABLE).includes(name)).sort()).toEqual([left, ROOT].sort());
    await assertTree(rows.index, rows.dynamo.keys, { isTidy: false });
  });
});

describe('a write that the network duplicates', () => {
  it('takes effect if the first attempt succeeds and the second is refused', async () => {
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

  it('has no further effect if the first attempt arrives late', async () => {
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
