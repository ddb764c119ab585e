import { INDEX_TABLE, IndexedRows, indexFor } from '../../../test/pageIndex/smallIndex';
import { rebuildAll } from '../../../test/rebuildAll';
import { type Entry, type Node, ROOT } from '../node';
import { deleteNode, type PageIndex, readNode, replaceNode } from '../store';
import { auditNext } from './audit';
import { rebuild } from './rebuild';
import { recount } from './recount';
import { type Drift, verify } from './verify';
import { walkLeaves } from './walk';

/** The result of verifying; `settled` runs before each second comparison. */
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

/** Changes the count of the block that begins after a key. */
async function plant(index: PageIndex, after: string, toCount: (count: number) => number): Promise<void> {
  for await (const leaf of walkLeaves(index)) {
    const plantIn = (entry: Entry) => (entry.after === after ? { ...entry, count: toCount(entry.count ?? 0) } : entry);
    if (leaf.entries.some((entry) => entry.after === after))
      await replaceNode(index, leaf, { entries: leaf.entries.map(plantIn) });
  }
}

describe('verify', () => {
  it('finds no drift in a correct index, and does not wait', async () => {
    const { index } = await IndexedRows.create(60);
    await expect(outcome(index)).resolves.toEqual({ rows: 60, drifts: [], waits: 0 });
  });

  it('reads strongly consistent', async () => {
    const rows = await IndexedRows.create(60);
    await plantSums(rows.index);
    const noted = rows.noteConsistency();
    await outcome(rows.index);
    expect(noted).toEqual(new Set([true]));
  });

  it('yields its progress', async () => {
    const { index } = await IndexedRows.create(60);
    const rows: number[] = [];
    for await (const step of verify(index, async () => {})) rows.push(step.rows);
    expect(rows).toEqual([...rows].sort((a, b) => a - b));
    expect(new Set(rows).size).toBeGreaterThan(8);
  });

  it('yields each wrong count and each wrong sum, until an audit has corrected them', async () => {
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

  it('finds a row that the stream has lost', async () => {
    const rows = await IndexedRows.create(60);
    await rows.put('30.5');
    await expect(outcome(rows.index)).resolves.toMatchObject({
      rows: 61,
      drifts: [{ after: '30', recorded: 2, counted: 3 }],
    });
  });

  it('yields an uncounted block', async () => {
    const rows = await IndexedRows.create(150);
    const steps = rebuild(rows.index);
    await steps.next();
    await expect(outcome(rows.index)).resolves.toMatchObject({
      drifts: [{ after: undefined, recorded: undefined, counted: 150 }],
    });
  });

  it('rejects if there is no index', async () => {
    const { dynamo } = await IndexedRows.create(3);
    const index = { ...indexFor(dynamo.connect()), table: 'another' };
    await expect(outcome(index)).rejects.toThrow('there is no index');
    expect(dynamo.names(INDEX_TABLE)).not.toEqual([]);
  });
});

describe('verify, if a sum is wrong', () => {
  it.each([
    [60, 1],
    [150, 3],
  ])('yields it: %d rows, %d levels', async (size, level) => {
    const { index } = await IndexedRows.create(size);
    const root = await plantSums(index);
    expect(root.level).toBe(level);
    const expected = root.entries.map(({ after, count = 0 }) => ({ after, recorded: count + 1, counted: count }));
    await expect(outcome(index)).resolves.toMatchObject({ drifts: expected });
  });

  it('yields it for a node below the root', async () => {
    const { index } = await IndexedRows.create(150);
    const root = await readNode(index, ROOT, { consistent: true });
    const { after, recorded } = await plantSum(index, root?.entries[1]?.child ?? '');
    await expect(outcome(index)).resolves.toMatchObject({
      drifts: expect.arrayContaining([{ after, recorded, counted: recorded - 1 }]),
    });
  });

  it('yields no drift for an index that is rebuilt or deleted meanwhile', async () => {
    const rebuilt = await IndexedRows.create(60);
    await plantSums(rebuilt.index);
    const settled = () => rebuildAll(rebuilt.index);
    await expect(outcome(rebuilt.index, settled)).resolves.toMatchObject({ drifts: [], waits: 1 });
    const deleted = await IndexedRows.create(60);
    await plantSums(deleted.index);
    await expect(outcome(deleted.index, () => deleteNode(deleted.index, ROOT))).resolves.toMatchObject({ drifts: [] });
  });

  it('counts an absent child as empty', async () => {
    const { index } = await IndexedRows.create(60);
    const { entries } = (await readNode(index, ROOT, { consistent: true })) ?? { entries: [] };
    const [{ after, count: recorded, child = '' } = { after: undefined, count: 0 }] = entries;
    const steps = verify(index, async () => {});
    for (let step = await steps.next(); step.value?.rows !== 60; step = await steps.next());
    await deleteNode(index, child);
    await expect(steps.next()).resolves.toMatchObject({ value: { drifts: [{ after, recorded, counted: 0 }] } });
  });
});

/** Changes all sums of the root. Returns the former root. */
async function plantSums(index: PageIndex): Promise<Node> {
  const root = (await readNode(index, ROOT, { consistent: true })) as Node;
  await replaceNode(index, root, {
    entries: root.entries.map((entry) => ({ ...entry, count: (entry.count ?? 0) + 1 })),
  });
  return root;
}

/** Changes the sum of the first entry of a node. */
async function plantSum(index: PageIndex, name: string): Promise<{ after: string | undefined; recorded: number }> {
  const node = (await readNode(index, name, { consistent: true })) as Node;
  const recorded = (node.entries[0]?.count ?? 0) + 1;
  await replaceNode(index, node, {
    entries: node.entries.map((entry, i) => (i === 0 ? { ...entry, count: recorded } : entry)),
  });
  return { after: node.entries[0]?.after, recorded };
}

describe('verify, while others write', () => {
  it('does not report lag as drift', async () => {
    const rows = await IndexedRows.create(60);
    await rows.put('30.5', '61', '62');
    const settled = () => recount(rows.index, ['30.5', '61', '62']);
    await expect(outcome(rows.index, settled)).resolves.toMatchObject({ drifts: [], waits: 1 });
  });

  it('does not report a block that lags at every comparison, by a different change each time', async () => {
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

  it('does not report a block in which a row comes and goes', async () => {
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

  it('finds drift in a leaf that is being written all the time', async () => {
    const rows = await IndexedRows.create(60);
    await plant(rows.index, '20', () => 9);
    await recount(rows.index, ['60', '1', '19']);
    const settled = () => recount(rows.index, ['19']);
    await expect(outcome(rows.index, settled)).resolves.toMatchObject({
      drifts: [{ after: '20', recorded: 9, counted: 2 }],
      waits: 5,
    });
  });

  it('does not report a block if the index is deleted meanwhile', async () => {
    const rows = await IndexedRows.create(60);
    await plant(rows.index, '20', () => 9);
    const settled = () => deleteNode(rows.index, ROOT);
    await expect(outcome(rows.index, settled)).resolves.toMatchObject({ drifts: [] });
  });

  it('does not report blocks that are rebuilt meanwhile', async () => {
    const rows = await IndexedRows.create(60);
    await plant(rows.index, '20', () => 9);
    await plant(rows.index, '50', () => 9);
    const settled = () => rebuildAll(rows.index);
    await expect(outcome(rows.index, settled)).resolves.toMatchObject({ drifts: [] });
  });
});
