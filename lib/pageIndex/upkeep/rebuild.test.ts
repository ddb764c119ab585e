import { DeleteItemCommand, GetItemCommand, PutItemCommand, QueryCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { integers } from '../../../test/keys';
import { INDEX_TABLE, IndexedRows, indexFor } from '../../../test/pageIndex/smallIndex';
import { assertTree } from '../../../test/pageIndex/tree';
import { rebuildAll } from '../../../test/rebuildAll';
import { findPlace, readTotal } from '../find';
import { createRoot, deleteNode, type PageIndex } from '../store';
import { auditNext } from './audit';
import { rebuild } from './rebuild';
import { recount } from './recount';

describe('rebuild', () => {
  it.each([0, 1, 2, 3, 4, 5, 99])('counts a table of %d rows exactly', async (size) => {
    const { index } = await IndexedRows.create(size);
    await assertTree(index, integers(size), { isTidy: false });
  });

  it('yields the number of rows counted so far, and finally of all', async () => {
    const { index } = await IndexedRows.create(150);
    const steps: number[] = [];
    for await (const rows of rebuild(index)) steps.push(rows);
    expect(steps).toEqual([0, 64, 150]);
  });

  it('keeps the present index if it cannot read the rows', async () => {
    const rows = await IndexedRows.create(20);
    const failure = new Error('no such table');
    const limits: unknown[] = [];
    rows.carry = async (command, execute) => {
      if (!(command instanceof QueryCommand)) return execute();
      limits.push(command.input.Limit);
      throw failure;
    };
    await expect(rebuildAll(rows.index)).rejects.toBe(failure);
    expect(limits).toEqual([1]);
    await expect(readTotal(rows.index)).resolves.toBe(20);
  });

  it('makes readers do without the index until every block is counted', async () => {
    const { index } = await IndexedRows.create(150);
    for await (const rows of rebuild(index)) {
      if (rows === 150) await expect(readTotal(index)).resolves.toBe(150);
      else await expect(findPlace(index, 10)).rejects.toThrow('the index is not complete');
    }
  });

  it('is continued by the audit, and by nothing else, if it is interrupted', async () => {
    const { index } = await IndexedRows.create(150);
    const steps = rebuild(index);
    await steps.next();
    await steps.next();
    await expect(recount(index, ['5', '149'])).resolves.toEqual(new Map());
    await expect(readTotal(index)).rejects.toThrow('the index is not complete');
    await auditNext(index, { units: 1, healingUnits: 1_000 });
    await assertTree(index, integers(150), { isTidy: false });
  });

  it('deletes all nodes of former trees, but not the audit’s state', async () => {
    const rows = await IndexedRows.create(40);
    const size = rows.dynamo.names(INDEX_TABLE).length;
    await auditNext(rows.index, { units: 1, healingUnits: 1 });
    const former = new Set(rows.dynamo.names(INDEX_TABLE));
    rows.carry = async (command, execute) => execute(command instanceof ScanCommand ? { cut: 3 } : {});
    await rebuildAll(rows.index);
    const now = rows.dynamo.names(INDEX_TABLE);
    expect(now.filter((name) => former.has(name))).toEqual(['audit', 'root']);
    expect(now).toHaveLength(size + 1);
  });

  it('reads names and generations alone, strongly consistent', async () => {
    const rows = await IndexedRows.create(40);
    const reads: unknown[] = [];
    rows.carry = async (command, execute) => {
      if (command instanceof ScanCommand) reads.push(command.input.ProjectionExpression);
      if (command instanceof GetItemCommand) reads.push(command.input.ConsistentRead);
      return execute();
    };
    await rebuildAll(rows.index);
    expect(new Set(reads)).toEqual(new Set([true, '#node, generation']));
  });

  it.each([
    [
      'the root, even if the scan returns it as it was in a former tree',
      { node: { S: 'root' }, generation: { S: 'former' } },
    ],
    ['an item without a name', { generation: { S: 'former' } }],
    ['an item without name and generation', {}],
  ])('never deletes %s', async (_, item) => {
    const rows = await IndexedRows.create(40);
    rows.carry = async (command, execute) => {
      if (command instanceof DeleteItemCommand) throw new Error('unexpected deletion');
      return command instanceof ScanCommand ? { Items: [item] } : execute();
    };
    await rebuildAll(rows.index);
    await assertTree(rows.index, integers(40), { isTidy: false });
  });

  it('rejects a scan’s response without items', async () => {
    const rows = await IndexedRows.create(4);
    rows.carry = async (command, execute) => (command instanceof ScanCommand ? {} : execute());
    await expect(rebuildAll(rows.index)).rejects.toThrow('a scan without items');
  });

  it.each<[string, (index: PageIndex) => Promise<unknown>]>([
    ['deleted', (index) => deleteNode(index, 'root')],
    ['replaced by another rebuild', (index) => createRoot(index)],
  ])('fails if the index is %s at its end', async (_what, spoil) => {
    const rows = await IndexedRows.create(4);
    rows.carry = async (command, execute) => {
      if (command instanceof ScanCommand) await spoil(indexFor(rows.dynamo.connect()));
      return execute();
    };
    await expect(rebuildAll(rows.index)).rejects.toThrow('the index was deleted or replaced during the rebuild');
  });

  it('keeps a tree that another rebuild has begun meanwhile', async () => {
    const rows = await IndexedRows.create(40);
    rows.carry = async (command, execute) => {
      if (command instanceof ScanCommand) await rebuildAll(indexFor(rows.dynamo.connect()));
      return execute();
    };
    await rebuildAll(rows.index);
    await assertTree(rows.index, integers(40), { isTidy: false });
  });

  it('stops deleting once another rebuild begins, wherever the scan is then', async () => {
    const rows = await IndexedRows.create(40);
    let scans = 0;
    rows.carry = async (command, execute) => {
      if (!(command instanceof ScanCommand)) return execute();
      scans += 1;
      if (scans === 2) await rebuildAll(indexFor(rows.dynamo.connect()));
      return execute({ cut: 3 });
    };
    await rebuildAll(rows.index);
    expect(scans).toBe(2);
    await assertTree(rows.index, integers(40), { isTidy: false });
  });

  it('takes smaller steps if a writer keeps overtaking it', async () => {
    const rows = await IndexedRows.create(150);
    const steps = rebuild(rows.index);
    await steps.next();
    let timesOvertaken = 0;
    rows.carry = async (command, execute) => {
      const isStep = command instanceof PutItemCommand && command.input.ConditionExpression === 'version = :version';
      if (isStep && timesOvertaken < 5) {
        timesOvertaken += 1;
        await recount(indexFor(rows.dynamo.connect()), ['150']);
      }
      return execute();
    };
    const { value } = await steps.next();
    expect(value).toBe(2); // the rows of one block; the first attempt was 32 blocks
  });

  it('does not start over if its first write arrives again, late', async () => {
    const rows = await IndexedRows.create(10);
    const late: (() => unknown)[] = [];
    rows.carry = async (command, execute) => {
      if (command instanceof PutItemCommand) late.push(execute);
      return execute();
    };
    await rebuildAll(rows.index);
    const [first] = late;
    expect(first).toThrow('The conditional request failed');
    await assertTree(rows.index, integers(10), { isTidy: false });
  });
});
