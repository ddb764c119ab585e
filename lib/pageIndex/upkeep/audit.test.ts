import { PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { INDEX_TABLE, IndexedRows } from '../../../test/pageIndex/smallIndex';
import { assertTree } from '../../../test/pageIndex/tree';
import { ROOT, SHAPE } from '../node';
import { type PageIndex, readNode, replaceNode } from '../store';
import { type Audited, auditNext } from './audit';
import { leafAfter } from './walk';

/** Audits to the end of a round. */
async function auditRound(index: PageIndex, maxUnits = 20): Promise<Audited[]> {
  const runs: Audited[] = [];
  do runs.push(await auditNext(index, { units: maxUnits, healingUnits: maxUnits }));
  while (!runs.at(-1)?.isRoundComplete);
  return runs;
}

describe('auditNext', () => {
  it('corrects within one round what the stream has lost', async () => {
    const rows = await IndexedRows.create(60);
    await rows.put('0', '7.5', '7.6', '7.7', '61', '62');
    await rows.delete('30', '31', '32', '33', '34', '35', '36', '37');
    await auditRound(rows.index);
    await assertTree(rows.index, rows.dynamo.keys, { isTidy: true });
  });

  it('corrects wrong sums, even if every block is right', async () => {
    const { index, dynamo } = await IndexedRows.create(60);
    const root = await readNode(index, ROOT, { consistent: true });
    if (root) await replaceNode(index, root, { entries: root.entries.map((entry) => ({ ...entry, count: 1 })) });
    await auditRound(index);
    await assertTree(index, dynamo.keys, { isTidy: true });
  });

  it('counts every block in each round, and the last one of a slice again with the next slice', async () => {
    const rows = await IndexedRows.create(60);
    for (const _round of [1, 2]) {
      const counted: number[] = [];
      rows.carry = async (command, execute) => {
        if (command instanceof QueryCommand) counted.push(Number(command.input.ExclusiveStartKey?.id?.N ?? 0));
        return execute();
      };
      const runs = await auditRound(rows.index);
      expect([...new Set(counted)]).toEqual(Array.from({ length: 30 }, (_, i) => 2 * i));
      expect(counted.length).toBeLessThan(40);
      expect(runs.reduce((sum, { blocks }) => sum + blocks, 0)).toBe(counted.length);
    }
  });

  it('ends a run with the slice that spends its budget', async () => {
    const { index } = await IndexedRows.create(60);
    const runs = await auditRound(index, 20);
    expect(runs.length).toBeGreaterThan(5);
    const slice = 4 + 4 + 4; // the way to the leaf, its blocks, and the way again
    for (const { readUnits } of runs) expect(readUnits).toBeLessThan(20 + slice);
    for (const { readUnits } of runs.slice(0, -1)) expect(readUnits).toBeGreaterThanOrEqual(20);
  });

  it('counts few blocks first, while it does not know their cost', async () => {
    const rows = await IndexedRows.create(600, { ...SHAPE, rows: 20, minRows: 5, maxRows: 30 });
    await rows.resize(rows.dynamo.keys, 20_000);
    const [first] = await auditRound(rows.index, 1_000);
    expect(first).toMatchObject({ isRoundComplete: false });
    expect(first?.blocks).toBeLessThan(10);
  });

  it('cuts blocks that overwrites have made expensive, within a round', async () => {
    const rows = await IndexedRows.create(600, SHAPE);
    await rows.resize(rows.dynamo.keys, 4_000);
    await auditRound(rows.index, 2_000);
    const leaf = await leafAfter(rows.index, '300');
    expect(leaf?.entries).toHaveLength(150);
    expect(new Set(leaf?.entries.map(({ count }) => count))).toEqual(new Set([4]));
  });

  it('continues where the last run ended, even if that block has been cut since', async () => {
    const rows = await IndexedRows.create(12);
    await auditNext(rows.index, { units: 1, healingUnits: 1 });
    await rows.put('2.1', '2.2', '2.3', '2.4', '2.5');
    await auditNext(rows.index, { units: 1, healingUnits: 1 });
    await auditRound(rows.index, 1);
    await assertTree(rows.index, rows.dynamo.keys, { isTidy: false });
  });

  it('rejects if a block cannot be counted, and counts it in the next run', async () => {
    const rows = await IndexedRows.create(12);
    await rows.put('0');
    const failure = new Error('throttled');
    rows.carry = async (command, execute) => {
      if (command instanceof QueryCommand) throw failure;
      return execute();
    };
    await expect(auditNext(rows.index, { units: 3, healingUnits: 3 })).rejects.toBe(failure);
    rows.carry = undefined;
    await auditNext(rows.index, { units: 3, healingUnits: 3 });
    await assertTree(rows.index, rows.dynamo.keys, { isTidy: false });
  });

  it('stores where it ended among the nodes, until the round is complete', async () => {
    const rows = await IndexedRows.create(12);
    const swept = { S: (await readNode(rows.index, ROOT, { consistent: true }))?.generation };
    const kept: unknown[] = [];
    rows.carry = async (command, execute) => {
      if (command instanceof PutItemCommand && command.input.Item?.node?.S === 'audit') kept.push(command.input.Item);
      return execute();
    };
    await auditRound(rows.index, 3);
    const node = { S: 'audit' };
    expect(kept).toStrictEqual([...['4', '6', '10'].map((N) => ({ node, after: { N }, swept })), { node, swept }]);
  });

  it('begins a new round if it cannot read where it ended', async () => {
    const rows = await IndexedRows.create(12);
    const Item = { node: { S: 'audit' }, after: { S: 'x' }, swept: { N: '1' } };
    await rows.dynamo.connect().send(new PutItemCommand({ TableName: INDEX_TABLE, Item }));
    await expect(auditNext(rows.index, { units: 100, healingUnits: 1 })).resolves.toMatchObject({
      blocks: 6,
      isRoundComplete: true,
    });
  });
});
