import { INDEX_TABLE, IndexedRows, indexFor, rebuildAll } from '../../test/pageIndex/smallIndex';
import { auditNext } from './audit';
import { type Entry, ROOT } from './node';
import { rebuild } from './rebuild';
import { recount } from './recount';
import { type PageIndex, readNode, replaceNode } from './store';
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
    while (!(await auditNext(rows.index, 4)).isRoundComplete);
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
    const settled = async () => {
      await recount(rows.index, ['30.5']);
      await rows.put('30.6');
    };
    await expect(outcome(rows.index, settled)).resolves.toMatchObject({ drifts: [] });
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

  it('takes nothing for drift that is rebuilt meanwhile', async () => {
    const rows = await IndexedRows.create(60);
    await plant(rows.index, '20', () => 9);
    await plant(rows.index, '50', () => 9);
    const settled = () => rebuildAll(rows.index);
    await expect(outcome(rows.index, settled)).resolves.toMatchObject({ drifts: [] });
  });
});
