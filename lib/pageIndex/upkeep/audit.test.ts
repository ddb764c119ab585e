import { DeleteItemCommand, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { INDEX_TABLE, IndexedRows, indexFor } from '../../../test/pageIndex/smallIndex';
import { assertTree } from '../../../test/pageIndex/tree';
import { ROOT } from '../node';
import { type PageIndex, readNode, replaceNode } from '../store';
import { auditNext } from './audit';

/** Audits to the end of a round, and tells how many blocks each run has counted. */
async function auditRound(index: PageIndex, maxBlocks = 3): Promise<number[]> {
  const blocks: number[] = [];
  for (let isComplete = false; !isComplete; ) {
    const run = await auditNext(index, maxBlocks);
    blocks.push(run.blocks);
    isComplete = run.isRoundComplete;
  }
  return blocks;
}

describe('auditNext', () => {
  it('has nothing to count where there is no index', async () => {
    const { dynamo } = await IndexedRows.create(0);
    const index = { ...indexFor(dynamo.connect()), table: 'another' };
    await expect(auditNext(index, 3)).resolves.toEqual({ blocks: 0, isRoundComplete: true });
    expect(dynamo.names('another')).toEqual([]);
  });

  it('heals within one round whatever the stream has lost', async () => {
    const rows = await IndexedRows.create(60);
    await rows.put('0', '7.5', '7.6', '7.7', '61', '62');
    await rows.delete('30', '31', '32', '33', '34', '35', '36', '37');
    await auditRound(rows.index);
    await assertTree(rows.index, rows.dynamo.keys, { isTidy: true });
  });

  it('heals sums that are wrong, also where every block is right', async () => {
    const { index, dynamo } = await IndexedRows.create(60);
    const root = await readNode(index, ROOT, { consistent: true });
    if (root) await replaceNode(index, root, { entries: root.entries.map((entry) => ({ ...entry, count: 1 })) });
    await auditRound(index);
    await assertTree(index, dynamo.keys, { isTidy: true });
  });

  it('counts every block once a round, as many a run as it may, round after round', async () => {
    const { index } = await IndexedRows.create(60);
    const allOfTwoRows = [7, 7, 7, 7, 2]; // a leaf has three or four of them
    for (const _round of [1, 2]) await expect(auditRound(index, 7)).resolves.toEqual(allOfTwoRows);
  });

  it('goes on where the last run has ended, also if that block has since been cut', async () => {
    const rows = await IndexedRows.create(12);
    await auditNext(rows.index, 1);
    await rows.put('2.1', '2.2', '2.3', '2.4', '2.5');
    await auditNext(rows.index, 1);
    await auditRound(rows.index, 1);
    await assertTree(rows.index, rows.dynamo.keys, { isTidy: false });
  });

  it('tells of a block that could not be counted, and counts it in the next run', async () => {
    const rows = await IndexedRows.create(12);
    await rows.put('0');
    const failure = new Error('throttled');
    rows.carry = async (command, execute) => {
      if (command instanceof QueryCommand) throw failure;
      return execute();
    };
    await expect(auditNext(rows.index, 3)).rejects.toBe(failure);
    rows.carry = undefined;
    await auditNext(rows.index, 3);
    await assertTree(rows.index, rows.dynamo.keys, { isTidy: false });
  });

  it('keeps where it has ended beside the nodes, until the round is complete', async () => {
    const rows = await IndexedRows.create(12);
    const kept: unknown[] = [];
    rows.carry = async (command, execute) => {
      if (command instanceof PutItemCommand && command.input.Item?.node?.S === 'audit') kept.push(command.input.Item);
      return execute();
    };
    await auditRound(rows.index, 3);
    expect(kept).toStrictEqual([{ node: { S: 'audit' }, after: { N: '6' } }, { node: { S: 'audit' } }]);
  });

  it.each([
    [
      'a node is missing',
      (name: string) => new DeleteItemCommand({ TableName: INDEX_TABLE, Key: { node: { S: name } } }),
    ],
    [
      'a node is damaged',
      (name: string) => new PutItemCommand({ TableName: INDEX_TABLE, Item: { node: { S: name } } }),
    ],
  ])('tells that %s', async (_what, toCommand) => {
    const { index, dynamo } = await IndexedRows.create(60);
    const child = (await readNode(index, ROOT, { consistent: true }))?.entries.at(-1)?.child ?? '';
    await dynamo.connect().send(toCommand(child) as PutItemCommand);
    await expect(auditRound(index)).rejects.toMatchObject({ name: 'DamagedIndexError' });
  });
});
