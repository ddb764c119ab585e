/** An index whose items another program has changed. */
import { DeleteItemCommand, PutItemCommand, ScanCommand, type ScanCommandOutput } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { COPY, DAMAGES, VISIBLE } from '../../../test/pageIndex/damages';
import { INDEX_TABLE, IndexedRows } from '../../../test/pageIndex/smallIndex';
import { assertTree } from '../../../test/pageIndex/tree';
import { findPlace, readRoot } from '../find';
import { readBlocks } from '../segments';
import { type Audited, auditNext } from './audit';
import { AUDIT_STATE } from './auditState';
import { recount } from './recount';
import { verify } from './verify';
import { walkLeaves } from './walk';

const damagesOf = (kinds: object) =>
  fc.array(
    fc.record({
      kind: fc.constantFrom(...Object.keys(kinds)),
      item: fc.nat(),
      other: fc.nat(),
    }),
    { minLength: 1, maxLength: 4 },
  );
const any = damagesOf(DAMAGES);
type Damages = typeof any extends fc.Arbitrary<infer Value> ? Value : never;

async function inflict({ dynamo }: IndexedRows, damages: Damages): Promise<void> {
  const client = dynamo.connect();
  for (const { kind, item: i, other } of damages) {
    const { Items = [] }: ScanCommandOutput = await client.send(new ScanCommand({ TableName: INDEX_TABLE }));
    const [item, another] = [Items[i % Items.length], Items[other % Items.length]];
    if (!item?.node || !another) return;
    const changed = DAMAGES[kind]?.(item, another);
    if (changed) await client.send(new PutItemCommand({ TableName: INDEX_TABLE, Item: changed }));
    else await client.send(new DeleteItemCommand({ TableName: INDEX_TABLE, Key: { node: item.node } }));
  }
}

const ROWS = 40; // 1 to 40, in three levels
const MAX_CALLS = 2_000;

/** Rejects further calls once there are more than a tree of this size could need. */
const limited = (rows: IndexedRows): void => {
  let calls = 0;
  rows.carry = async (_, execute) => {
    calls += 1;
    if (calls > MAX_CALLS) throw new Error('endless');
    return execute();
  };
};

/** Any other error is passed on. */
async function unlessDamaged<Result>(result: Promise<Result>): Promise<Result | undefined> {
  return result.catch((error: Error) => {
    if (error.name === 'DamagedIndexError') return undefined;
    throw error;
  });
}

it('yields only true places, and blocks only in order', async () => {
  await fc.assert(
    fc.asyncProperty(damagesOf({ ...VISIBLE, ...COPY }), fc.nat(ROWS), async (damages, offset) => {
      const rows = await IndexedRows.create(ROWS);
      await inflict(rows, damages);
      limited(rows);
      const found = await unlessDamaged(findPlace(rows.index, offset));
      if (found) expect(found.place).toEqual({ after: keyBefore(found.place.rank), rank: found.place.rank });
      if (found) expect(found.place.rank).toBeLessThanOrEqual(offset);
      const read = await unlessDamaged(readRoot(rows.index).then(({ root }) => readBlocks(rows.index, root)));
      const bounds = read?.blocks.map(({ after }) => Number(after ?? 0));
      if (bounds) expect(bounds).toEqual([...new Set(bounds)].sort((a, b) => a - b));
      if (bounds) expect(bounds[0]).toBe(0);
    }),
    { numRuns: 500 },
  );
});

const keyBefore = (rank: number): string | undefined => (rank === 0 ? undefined : String(rank));

it('ends every walk', async () => {
  await fc.assert(
    fc.asyncProperty(any, async (damages) => {
      const rows = await IndexedRows.create(ROWS);
      await inflict(rows, damages);
      limited(rows);
      const walk = async () => {
        for await (const _leaf of walkLeaves(rows.index));
      };
      await unlessDamaged(walk());
    }),
    { numRuns: 300 },
  );
});

it('fails no change of the stream, and is exact again after some audits, whatever changes meanwhile', async () => {
  await fc.assert(
    fc.asyncProperty(any, fc.integer({ min: 2, max: 60 }), fc.array(fc.nat(ROWS)), async (damages, units, keys) => {
      const rows = await IndexedRows.create(ROWS);
      await inflict(rows, damages);
      limited(rows);
      for (const key of keys) {
        await rows.put(`${key}.5`);
        await expect(recount(rows.index, [`${key}.5`])).resolves.toEqual(new Map());
      }
      await auditTwice(rows, units);
      await assertTree(rows.index, rows.dynamo.keys, { isTidy: true });
      for await (const { drifts } of verify(rows.index, async () => {})) expect(drifts).toEqual([]);
      expect(rows.dynamo.names(INDEX_TABLE)).toContain(AUDIT_STATE);
    }),
    { numRuns: 200 },
  );
});

/** Audits to the end of two rounds: what one has replaced and counted, the next one joins. */
async function auditTwice({ index }: IndexedRows, units: number): Promise<void> {
  for (let rounds = 0; rounds < 2; ) {
    const audited: Audited = await auditNext(index, { units, healingUnits: units });
    if (audited.isRoundComplete) rounds += 1;
  }
}
