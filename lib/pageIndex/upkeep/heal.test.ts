/** Damage that maintainers and audits replace, and audits count, however often they are interrupted. */
import {
  DeleteItemCommand,
  ProvisionedThroughputExceededException,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import { integers, toArray } from '../../../test/keys';
import { INDEX_TABLE, IndexedRows, indexFor } from '../../../test/pageIndex/smallIndex';
import { assertTree } from '../../../test/pageIndex/tree';
import { rebuildAll } from '../../../test/rebuildAll';
import { findPlace, readTotal } from '../find';
import { DamagedIndexError } from '../format';
import { type Node, ROOT, totalOf } from '../node';
import { deleteNode, type PageIndex, readNode, replaceNode } from '../store';
import { type Audited, auditNext } from './audit';
import { rebuild } from './rebuild';
import { recount } from './recount';

const ROWS = 150;

const audit = (index: PageIndex, units: number) => auditNext(index, { units, healingUnits: units });

async function auditUntilComplete(index: PageIndex, units: number): Promise<Audited[]> {
  const runs: Audited[] = [];
  do runs.push(await audit(index, units));
  while (runs.at(-1)?.healedRows !== undefined);
  return runs;
}

const put = ({ dynamo }: IndexedRows, name: string) =>
  dynamo.connect().send(new PutItemCommand({ TableName: INDEX_TABLE, Item: { node: { S: name } } }));

async function firstChild(index: PageIndex): Promise<string> {
  return (await readNode(index, ROOT, { consistent: true }))?.entries[0]?.child ?? '';
}

const DAMAGES: [string, (rows: IndexedRows) => Promise<unknown>][] = [
  ['an absent root', (rows) => deleteNode(rows.index, ROOT)],
  ['a damaged root', (rows) => put(rows, ROOT)],
  ['an absent node', async (rows) => deleteNode(rows.index, await firstChild(rows.index))],
  ['a damaged node', async (rows) => put(rows, await firstChild(rows.index))],
  [
    'an empty table',
    async (rows) => {
      for (const name of rows.dynamo.names(INDEX_TABLE)) await deleteNode(rows.index, name);
    },
  ],
];

describe.each(DAMAGES)('%s', (_what, damage) => {
  it('is replaced and counted by audits, run after run', async () => {
    const rows = await IndexedRows.create(ROWS);
    await damage(rows);
    const runs = await auditUntilComplete(rows.index, 60);
    await assertTree(rows.index, integers(ROWS), { isTidy: false });
    const healed = runs.slice(0, -1).map(({ healedRows }) => Number(healedRows));
    expect(healed).toEqual(healed.toSorted((a, b) => a - b));
  });

  it('is counted even if an audit crashes after any number of calls', async () => {
    for (let cut = 1; cut < 60; cut += 5) {
      const rows = await IndexedRows.create(ROWS);
      await damage(rows);
      let calls = 0;
      rows.carry = async (_, execute) => {
        if (++calls >= cut) throw new Error('cut off');
        return execute();
      };
      await audit(rows.index, 200).catch(() => {});
      rows.carry = undefined;
      await audit(rows.index, 1_000);
      await audit(rows.index, 1_000);
      await assertTree(rows.index, integers(ROWS), { isTidy: false });
    }
  });

  it('is counted by two concurrent audits', async () => {
    const rows = await IndexedRows.create(ROWS);
    await damage(rows);
    await Promise.all([audit(rows.index, 1_000), audit(rows.index, 1_000)]);
    await audit(rows.index, 1_000);
    await assertTree(rows.index, integers(ROWS), { isTidy: false });
  });

  it('stays uncounted if DynamoDB throttles the audit, which ends within few calls', async () => {
    const rows = await IndexedRows.create(ROWS);
    await damage(rows);
    let calls = 0;
    rows.carry = async (command, execute) => {
      calls += 1;
      if (command instanceof QueryCommand)
        throw new ProvisionedThroughputExceededException({ message: '', $metadata: {} });
      return execute();
    };
    await expect(audit(rows.index, 1_000)).rejects.toMatchObject({ name: 'ProvisionedThroughputExceededException' });
    expect(calls).toBeLessThan(100);
    await expect(readTotal(rows.index)).rejects.toMatchObject({ name: 'DamagedIndexError' });
  });
});

describe('a maintainer that meets damage', () => {
  it.each([
    ['a damaged root', (rows: IndexedRows) => put(rows, ROOT)],
    ['a damaged node', async (rows: IndexedRows) => put(rows, await firstChild(rows.index))],
    ['an absent node', async (rows: IndexedRows) => deleteNode(rows.index, await firstChild(rows.index))],
  ])('replaces %s, so that readers do without the index until the audit has counted it', async (_what, damage) => {
    const rows = await IndexedRows.create(ROWS);
    await damage(rows);
    const damages: unknown[] = [];
    const index = { ...rows.index, onDamage: (error: unknown) => damages.push(error) };
    await rows.put('0.5', '149.5');
    await expect(recount(index, ['0.5', '149.5'])).resolves.toEqual(new Map());
    expect(damages).toEqual([expect.any(DamagedIndexError)]);
    await expect(findPlace(rows.index, 100)).rejects.toThrow('the index is not complete');
    await audit(rows.index, 1_000);
    await assertTree(rows.index, rows.dynamo.keys, { isTidy: false });
  });

  it('replaces a damaged neighbour of a node that is too small', async () => {
    const rows = await IndexedRows.create(30);
    const root = (await readNode(rows.index, ROOT, { consistent: true })) as Node;
    const [first, second] = root.entries;
    await deleteNode(rows.index, second?.child ?? '');
    const keys = Array.from({ length: first?.count ?? 0 }, (_, i) => `${i + 1}`);
    await rows.delete(...keys);
    const damages: string[] = [];
    const index = { ...rows.index, onDamage: ({ message }: DamagedIndexError) => damages.push(message) };
    await expect(recount(index, keys)).resolves.toEqual(new Map());
    expect(damages).toEqual(['node root names an absent child']);
    await audit(rows.index, 1_000);
    await assertTree(rows.index, rows.dynamo.keys, { isTidy: false });
  });

  it('leaves an absent root to the audit', async () => {
    const rows = await IndexedRows.create(30);
    await deleteNode(rows.index, ROOT);
    await expect(recount(rows.index, ['3'])).resolves.toEqual(new Map());
    await expect(readNode(rows.index, ROOT, { consistent: true })).resolves.toBeUndefined();
  });

  it('begins a tree if several meet a damaged root at once', async () => {
    const rows = await IndexedRows.create(30);
    await put(rows, ROOT);
    await Promise.all(['1', '9', '17'].map((key) => recount(rows.index, [key])));
    const root = await readNode(rows.index, ROOT, { consistent: true });
    expect(root && totalOf(root.entries)).toBeUndefined();
    await audit(rows.index, 1_000);
    await assertTree(rows.index, integers(30), { isTidy: false });
  });

  it('does not write an old count into a root that was damaged and replaced meanwhile', async () => {
    const rows = await IndexedRows.create(3);
    await rows.put('1.5');
    const other = indexFor(rows.dynamo.connect());
    rows.carry = async (command, execute) => {
      const answer = execute();
      if (command instanceof QueryCommand) {
        rows.carry = undefined;
        await put(rows, ROOT);
        await rows.put('1.6');
        await recount(other, ['1.6']);
      }
      return answer;
    };
    await expect(recount(rows.index, ['1.5'])).resolves.toEqual(new Map());
    await expect(readTotal(rows.index)).rejects.toThrow('the index is not complete');
    await audit(rows.index, 100);
    await assertTree(rows.index, rows.dynamo.keys, { isTidy: false });
  });
});

describe('an audit', () => {
  it('recounts and heals within separate budgets, at least one step of each', async () => {
    const rows = await IndexedRows.create(600);
    await deleteNode(rows.index, ROOT);
    const first = await auditNext(rows.index, { units: 1, healingUnits: 1 });
    expect(first).toMatchObject({ blocks: 0, isRoundComplete: false, healedRows: 64 });
    const second = await auditNext(rows.index, { units: 1, healingUnits: 200 });
    expect(second.readUnits).toBeLessThan(200 + 150);
    expect(second.healedRows).toBeGreaterThan(64 + 150);
  });

  it('replaces a damaged node on the way to the first uncounted block of an incomplete index', async () => {
    const rows = await IndexedRows.create(0);
    await rows.put(...toArray(integers(ROWS)));
    const steps = rebuild(rows.index);
    for (let n = 0; n < 2; n += 1) await steps.next();
    const root = await readNode(rows.index, ROOT, { consistent: true });
    await deleteNode(rows.index, root?.entries.find(({ count }) => count === undefined)?.child ?? '');
    await expect(audit(rows.index, 1_000)).resolves.toMatchObject({ blocks: 0 });
    await assertTree(rows.index, integers(ROWS), { isTidy: false });
  });

  it('reports each replacement once', async () => {
    const rows = await IndexedRows.create(60);
    await audit(rows.index, 1); // sweeps, which would delete the damaged node
    await put(rows, await firstChild(rows.index));
    const damages: unknown[] = [];
    const index = { ...rows.index, onDamage: ({ message }: DamagedIndexError) => damages.push(message) };
    for (let run = 0; run < 3; run += 1) await audit(index, 1_000);
    expect(damages).toEqual([expect.stringMatching(/^node .* is not of format 1$/)]);
  });

  it('finds an uncounted block below a complete root within a round', async () => {
    const rows = await IndexedRows.create(60);
    const leaf = await readNode(rows.index, await firstChild(rows.index), { consistent: true });
    if (leaf)
      await replaceNode(rows.index, leaf, { entries: leaf.entries.map((entry) => ({ ...entry, count: undefined })) });
    await audit(rows.index, 1_000);
    await assertTree(rows.index, integers(60), { isTidy: false });
  });

  it('deletes the nodes of former trees, once for each tree', async () => {
    const rows = await IndexedRows.create(60);
    const former = rows.dynamo.names(INDEX_TABLE).filter((name) => name !== ROOT);
    await deleteNode(rows.index, ROOT);
    let scans = 0;
    rows.carry = async (command, execute) => {
      if (command instanceof ScanCommand) scans += 1;
      return execute();
    };
    for (let run = 0; run < 4; run += 1) await audit(rows.index, 1_000);
    expect(scans).toBe(1);
    expect(rows.dynamo.names(INDEX_TABLE).filter((name) => former.includes(name))).toEqual([]);
    await rebuildAll(rows.index);
    await audit(rows.index, 1_000);
    expect(scans).toBe(3); // the rebuild itself, and the audit after it
    await assertTree(rows.index, integers(60), { isTidy: false });
  });

  it('deletes nothing while the index is incomplete', async () => {
    const rows = await IndexedRows.create(600);
    await deleteNode(rows.index, ROOT);
    rows.carry = async (command, execute) => {
      if (command instanceof ScanCommand || command instanceof DeleteItemCommand) throw new Error('too early');
      return execute();
    };
    await expect(audit(rows.index, 10)).resolves.toMatchObject({ healedRows: 64 });
  });
});
