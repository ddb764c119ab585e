import { INDEX_TABLE, IndexedRows, indexFor } from '../../../test/pageIndex/smallIndex';
import { rebuildAll } from '../../../test/rebuildAll';
import { type Entry, type Node, ROOT } from '../node';
import { deleteNode, type PageIndex, readNode, replaceNode } from '../store';
import { auditNext } from './audit';
import { rebuild } from './rebuild';
import { recount } from './recount';
import { type Drift, verify } from './verify';
import { walkLeaves } from './walk';

/** What verifying comes to; `settled` is what happens before each second look. */
async function outcome(index: PageIndex, settled: () => Promise<unknown> = async () => {}) {
  const drifts: Drift[] = [];
  let [rows, waits] = [0, 0];
  const waiting = async () => {
    waits += 1;
    await settled();
  };
  for await (const step of verify(index, waiting)) {
    rows = step.rows;
    drifts.push(...step.drifts);
  }
  return { rows, drifts, waits };
}

/** Writes other counts into the leaf in which a block begins. */
async function plant(index: PageIndex, after: string, toCount: (count: number) => number): Promise<void> {
  for await (const leaf of walkLeaves(index)) {
    const plantIn = (entry: Entry) => (entry.after === after ? { ...entry, count: toCount(entry.count ?? 0) } : entry);
    if (leaf.entries.some((entry) => entry.after === after))
      await replaceNode(index, leaf, { entries: leaf.entries.map(plantIn) });
  }
}

describe('verify', () => {
  it('finds nothing wrong with a right index, and waits for nothing', async () => {
    const { index } = await IndexedRows.create(60);
    await expect(outcome(index)).resolves.toEqual({ rows: 60, drifts: [], waits: 0 });
  });

  it('compares what is, and not what was a moment ago', async () => {
    const rows = await IndexedRows.create(60);
    await plantSums(rows.index);
    const noted = rows.noteConsistency();
    await outcome(rows.index);
    expect(noted).toEqual(new Set([true]));
  });

  it('tells how far it has come', async () => {
    const { index } = await IndexedRows.create(60);
    const rows: number[] = [];
    for await (const step of verify(index, async () => {})) rows.push(step.rows);
    expect(rows).toEqual([...rows].sort((a, b) => a - b));
    expect(new Set(rows).size).toBeGreaterThan(8);
  });

  it('tells each block whose count is wrong, and each sum, until an audit has healed them', async () => {
    const rows = await IndexedRows.create(60);
    await plant(rows.index, '20', (count) => count + 1);
    await plant(rows.index, '50', () => 0);
    const root = await readNode(rows.index, ROOT, { consistent: true });
    await expect(outcome(rows.index)).resolves.toEqual({
      rows: 60,
      drifts: [
        { after: '20', recorded: 3, counted: 2 },
        { after: '50', recorded: 0, counted: 2 },
        { after: '18', recorded: 6, counted: 7 },
        { after: '48', recorded: 6, counted: 4 },
      ],
      waits: 3,
    });
    expect(root?.level).toBe(1);
    while (!(await auditNext(rows.index, { units: 4, healingUnits: 4 })).isRoundComplete);
    await expect(outcome(rows.index)).resolves.toMatchObject({ rows: 60, drifts: [] });
  });

  it('tells a row that the stream has lost', async () => {
    const rows = await IndexedRows.create(60);
    await rows.put('30.5');
    await expect(outcome(rows.index)).resolves.toMatchObject({
      rows: 61,
      drifts: [{ after: '30', recorded: 2, counted: 3 }],
    });
  });

  it('tells what was never counted', async () => {
    const rows = await IndexedRows.create(150);
    const steps = rebuild(rows.index);
    await steps.next();
    await expect(outcome(rows.index)).resolves.toMatchObject({
      drifts: [{ after: undefined, recorded: undefined, counted: 150 }],
    });
  });

  it('fails where there is no index', async () => {
    const { dynamo } = await IndexedRows.create(3);
    const index = { ...indexFor(dynamo.connect()), table: 'another' };
    await expect(outcome(index)).rejects.toThrow('there is no index');
    expect(dynamo.names(INDEX_TABLE)).not.toEqual([]);
  });
});

describe('verify, where a sum is wrong', () => {
  it.each([
    [60, 1],
    [150, 3],
  ])('tells so, of %d rows %d levels above them', async (size, level) => {
    const { index } = await IndexedRows.create(size);
    const root = await plantSums(index);
    expect(root.level).toBe(level);
    const expected = root.entries.map(({ after, count = 0 }) => ({ after, recorded: count + 1, counted: count }));
    await expect(outcome(index)).resolves.toMatchObject({ drifts: expected });
  });

  it('tells so of a node below the root', async () => {
    const { index } = await IndexedRows.create(150);
    const root = await readNode(index, ROOT, { consistent: true });
    const { after, recorded } = await plantSum(index, root?.entries[1]?.child ?? '');
    await expect(outcome(index)).resolves.toMatchObject({
      drifts: expect.arrayContaining([{ after, recorded, counted: recorded - 1 }]),
    });
  });

  it('takes nothing for drift that is rebuilt, or deleted, meanwhile', async () => {
    const rebuilt = await IndexedRows.create(60);
    await plantSums(rebuilt.index);
    const settled = () => rebuildAll(rebuilt.index);
    await expect(outcome(rebuilt.index, settled)).resolves.toMatchObject({ drifts: [], waits: 1 });
    const deleted = await IndexedRows.create(60);
    await plantSums(deleted.index);
    await expect(outcome(deleted.index, () => deleteNode(deleted.index, ROOT))).resolves.toMatchObject({ drifts: [] });
  });

  it('takes a child that has gone for one without rows', async () => {
    const { index } = await IndexedRows.create(60);
    const { entries } = (await readNode(index, ROOT, { consistent: true })) ?? { entries: [] };
    const [{ after, count: recorded, child = '' } = { after: undefined, count: 0 }] = entries;
    const steps = verify(index, async () => {});
    for (let step = await steps.next(); step.value?.rows !== 60; step = await steps.next());
    await deleteNode(index, child);
    await expect(steps.next()).resolves.toMatchObject({ value: { drifts: [{ after, recorded, counted: 0 }] } });
  });
});

/** Writes other sums into the root, and tells how it was. */
async function plantSums(index: PageIndex): Promise<Node> {
  const root = (await readNode(index, ROOT, { consistent: true })) as Node;
  await replaceNode(index, root, {
    entries: root.entries.map((entry) => ({ ...entry, count: (entry.count ?? 0) + 1 })),
  });
  return root;
}

/** Writes another sum into the first entry of a node. */
async function plantSum(index: PageIndex, name: string): Promise<{ after: string | undefined; recorded: number }> {
  const node = (await readNode(index, name, { consistent: true })) as Node;
  const recorded = (node.entries[0]?.count ?? 0) + 1;
  await replaceNode(index, node, {
    entries: node.entries.map((entry, i) => (i === 0 ? { ...entry, count: recorded } : entry)),
  });
  return { after: node.entries[0]?.after, recorded };
}

describe('verify, while others write', () => {
  it('takes no lag for drift', async () => {
    const rows = await IndexedRows.create(60);
    await rows.put('30.5', '61', '62');
    const settled = () => recount(rows.index, ['30.5', '61', '62']);
    await expect(outcome(rows.index, settled)).resolves.toMatchObject({ drifts: [], waits: 1 });
  });

  it('takes no block for drift that lags at every look, since what lags is something else', async () => {
    const rows = await IndexedRows.create(60);
    await rows.put('30.5');
    let hasRow = true;
    const settled = async () => {
      await recount(rows.index, ['30.5']);
      if (hasRow) await rows.delete('30.5');
      else await rows.put('30.5');
      hasRow = !hasRow;
    };
    await expect(outcome(rows.index, settled)).resolves.toMatchObject({ drifts: [], waits: 1 });
  });

  it('takes no block for drift in which a row comes and goes, and is only sometimes seen', async () => {
    const rows = await IndexedRows.create(60);
    await rows.put('30.5');
    let looks = 0;
    const settled = async () => {
      await rows.delete('30.5');
      await recount(rows.index, ['30.5']);
      looks += 1;
      if (looks < 4) await rows.put('30.5');
    };
    await expect(outcome(rows.index, settled)).resolves.toMatchObject({ drifts: [], waits: 4 });
  });

  it('finds drift in a leaf that is written all the time', async () => {
    const rows = await IndexedRows.create(60);
    await plant(rows.index, '20', () => 9);
    await recount(rows.index, ['60', '1', '19']);
    const settled = () => recount(rows.index, ['19']);
    await expect(outcome(rows.index, settled)).resolves.toMatchObject({
      drifts: [{ after: '20', recorded: 9, counted: 2 }],
      waits: 5,
    });
  });

  it('takes no block for drift whose index is gone meanwhile', async () => {
    const rows = await IndexedRows.create(60);
    await plant(rows.index, '20', () => 9);
    const settled = () => deleteNode(rows.index, ROOT);
    await expect(outcome(rows.index, settled)).resolves.toMatchObject({ drifts: [] });
  });

  it('takes nothing for drift that is rebuilt meanwhile', async () => {
    const rows = await IndexedRows.create(60);
    await plant(rows.index, '20', () => 9);
    await plant(rows.index, '50', () => 9);
    const settled = () => rebuildAll(rows.index);
    await expect(outcome(rows.index, settled)).resolves.toMatchObject({ drifts: [] });
  });
});
