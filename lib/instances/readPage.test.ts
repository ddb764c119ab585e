import { DeleteItemCommand, type QueryCommandInput } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { collect } from '../../test/batches';
import { integers, sortedKeys, toArray } from '../../test/keys';
import { type Carry, SimulatedDynamo } from '../../test/simulatedDynamo';
import { compareDecimals } from '../dynamodb/decimal';
import { UnavailableError } from '../errors';
import { START } from '../pageIndex/node';
import type { Page } from './page';
import { readPage } from './readPage';
import { instancesIn } from './source';

const ROWS = instancesIn('instances');
const pageOf = (limit: number, number: number): Page => ({ limit, number, offset: (number - 1) * limit });

async function readIds(dynamo: SimulatedDynamo, page: Page, place = START, carry?: Carry) {
  const { items, end } = await collect(readPage({ sender: dynamo.connect(carry), partition: ROWS }, page, place));
  return { ids: items.map(({ id }) => id), ...end };
}

/** Executes and records calls; cuts answers after the lengths in `cuts`, cyclically. */
function cutting(cuts: readonly number[] = [Number.POSITIVE_INFINITY]) {
  const inputs: QueryCommandInput[] = [];
  const carry: Carry = async (command, execute) => {
    const { input } = command as { input: QueryCommandInput };
    inputs.push(input);
    return execute({ cut: cuts[inputs.length % cuts.length] ?? 0 });
  };
  return { carry, inputs };
}

/** Rows with these ids, and gaps of deleted rows, where DynamoDB may end an answer. */
async function tableOf(ids: readonly string[], deleted: readonly string[]): Promise<SimulatedDynamo> {
  const present = new Set(ids);
  const gaps = deleted.filter((id) => !present.has(id));
  const all = [...present, ...gaps].sort(compareDecimals);
  const dynamo = new SimulatedDynamo({ rows: ROWS, keys: sortedKeys(all) });
  const client = dynamo.connect();
  for (const id of gaps) await client.send(new DeleteItemCommand({ TableName: ROWS.table, Key: { id: { N: id } } }));
  return dynamo;
}

const eighths = fc.integer({ min: -500, max: 500 }).map((number) => String(number / 8));
const longIntegers = fc.bigInt({ min: -(10n ** 38n) + 1n, max: 10n ** 38n - 1n }).map(String);
const ids = (maxLength: number) => fc.uniqueArray(fc.oneof(eighths, longIntegers), { maxLength });
const cuts = fc
  .array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 8 })
  .filter((list) => list.some(Boolean));

describe('readPage', () => {
  it('returns pages that join to the whole list in order, each instance once, wherever DynamoDB cuts', async () => {
    await fc.assert(
      fc.asyncProperty(ids(40), ids(20), cuts, fc.integer({ min: 1, max: 45 }), async (present, deleted, at, limit) => {
        const dynamo = await tableOf(present, deleted);
        const joined: string[] = [];
        for (let number = 1; number <= Math.ceil(present.length / limit); number += 1) {
          joined.push(...(await readIds(dynamo, pageOf(limit, number), START, cutting(at).carry)).ids);
        }
        expect(joined).toEqual(present.toSorted(compareDecimals));
      }),
    );
  });

  it('returns any page as sorting and slicing would, from any place at or before it', async () => {
    await fc.assert(
      fc.asyncProperty(
        ids(40),
        cuts,
        fc.record({ limit: fc.integer({ min: 1, max: 50 }), number: fc.integer({ min: 1, max: 50 }), from: fc.nat() }),
        async (present, at, { limit, number, from }) => {
          const sorted = present.toSorted(compareDecimals);
          const page = pageOf(limit, number);
          const rank = from % (Math.min(page.offset, sorted.length) + 1);
          const read = readIds(await tableOf(present, []), page, { after: sorted[rank - 1], rank }, cutting(at).carry);
          const expected = sorted.slice(page.offset, page.offset + limit);
          if (expected.length > 0) {
            const hasNext = sorted.length > page.offset + limit;
            expect(await read).toEqual({ ids: expected, count: expected.length, lastId: expected.at(-1), hasNext });
          } else if (sorted.length === 0) {
            await expect(read).rejects.toMatchObject({
              refusal: 'no-instances',
              message: 'There are no lambda instances',
            });
          } else {
            const lastPage = Math.ceil(sorted.length / limit);
            await expect(read).rejects.toMatchObject({
              refusal: 'page-out-of-range',
              extent: { total: sorted.length, lastPage },
            });
          }
        },
      ),
    );
  });

  it('skips a long distance by counting, wherever DynamoDB cuts', async () => {
    const dynamo = new SimulatedDynamo({ rows: ROWS, keys: integers(2_000) });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 2_200 }), fc.integer({ min: 100, max: 900 }), async (number, cut) => {
        const page = pageOf(7, number);
        const read = readIds(dynamo, page, START, cutting([cut]).carry);
        const expected = toArray(integers(2_000)).slice(page.offset, page.offset + 7);
        if (expected.length > 0) expect((await read).ids).toEqual(expected);
        else
          await expect(read).rejects.toMatchObject({
            message: 'The last page is 286',
            extent: { total: 2_000, lastPage: 286 },
          });
      }),
      { numRuns: 40 },
    );
  });

  it.each([
    [500, [{ Limit: 511 }]],
    [
      501,
      [
        { Select: 'COUNT', Limit: 501 },
        { Limit: 11, ExclusiveStartKey: expect.objectContaining({ id: { N: '501' } }) },
      ],
    ],
  ])('skips up to 500 rows by reading: %d', async (offset, expected) => {
    const dynamo = new SimulatedDynamo({ rows: ROWS, keys: integers(2_000) });
    const { carry, inputs } = cutting();
    const { ids } = await readIds(dynamo, { limit: 10, number: 1, offset }, START, carry);
    expect(ids[0]).toBe(String(offset + 1));
    expect(inputs).toEqual(expected.map((input) => expect.objectContaining(input)));
  });

  it('measures the distance from the place where it starts', async () => {
    const dynamo = new SimulatedDynamo({ rows: ROWS, keys: integers(2_000) });
    const { carry, inputs } = cutting();
    const { ids } = await readIds(dynamo, { limit: 1, number: 1, offset: 410 }, { after: '400', rank: 400 }, carry);
    expect(ids).toEqual(['411']);
    expect(inputs).toEqual([expect.objectContaining({ Limit: 12 })]);
  });

  it.each([
    [500, 'past the end'],
    [501, 'past the end'],
    [502, 'found'],
  ])('returns or refuses the 502nd of %d rows: %s', async (size, expected) => {
    const dynamo = new SimulatedDynamo({ rows: ROWS, keys: integers(size) });
    const { carry, inputs } = cutting();
    const read = readIds(dynamo, { limit: 1, number: 502, offset: 501 }, START, carry);
    if (expected === 'found') expect((await read).ids).toEqual(['502']);
    else await expect(read).rejects.toMatchObject({ refusal: 'page-out-of-range', extent: { total: size } });
    expect(inputs.length).toBeLessThanOrEqual(2);
  });

  it('checks for a single row if the index counted more rows than there are', async () => {
    const dynamo = new SimulatedDynamo({ rows: ROWS, keys: integers(30) });
    const { carry, inputs } = cutting();
    const read = readIds(dynamo, pageOf(10, 5), { after: '30', rank: 40 }, carry);
    await expect(read).rejects.toMatchObject({ refusal: 'page-out-of-range', extent: { total: 40, lastPage: 4 } });
    expect(inputs.map(({ Select, Limit }) => [Select, Limit])).toEqual([
      [undefined, 11],
      ['COUNT', 1],
    ]);
  });

  it('reads at most one row after the page, be it alone in an answer', async () => {
    const dynamo = new SimulatedDynamo({ rows: ROWS, keys: integers(1_000) });
    const { carry, inputs } = cutting([10]);
    const { ids, ...end } = await readIds(dynamo, pageOf(20, 2), START, carry);
    expect(ids).toEqual(toArray(integers(40)).slice(20));
    expect(end).toEqual({ count: 20, lastId: '40', hasNext: true }); // although the last answer has only the row after it
    expect(inputs.map(({ Limit }) => Limit)).toEqual([41, 31, 21, 11, 1]);
  });

  it('accepts limits beyond the size of any table', async () => {
    const dynamo = new SimulatedDynamo({ rows: ROWS, keys: integers(3) });
    const most = Number.MAX_SAFE_INTEGER;
    expect((await readIds(dynamo, { limit: most, number: 1, offset: 0 })).ids).toEqual(['1', '2', '3']);
    const beyond = readIds(dynamo, { limit: most, number: most, offset: most });
    await expect(beyond).rejects.toMatchObject({ extent: { total: 3, lastPage: 1 } });
  });

  it('fails if any read fails, without further reads', async () => {
    const dynamo = new SimulatedDynamo({ rows: ROWS, keys: integers(30) });
    for (const failing of [1, 2, 3]) {
      let call = 0;
      const carry: Carry = async (_, execute) => {
        call += 1;
        if (call === failing) throw new UnavailableError('x');
        return execute({ cut: 10 });
      };
      await expect(readIds(dynamo, pageOf(30, 1), START, carry)).rejects.toBeInstanceOf(UnavailableError);
      expect(call).toBe(failing);
    }
  });

  it('reads only as batches are pulled', async () => {
    const dynamo = new SimulatedDynamo({ rows: ROWS, keys: integers(30) });
    const { carry, inputs } = cutting([10]);
    for await (const _ of readPage({ sender: dynamo.connect(carry), partition: ROWS }, pageOf(30, 1), START)) break;
    expect(inputs).toHaveLength(1);
  });
});
