import { UnavailableError } from '../errors';
import type { LambdaInstance } from '../instances/lambdaInstance';
import type { End, Listing } from '../instances/listInstances';
import { ListBody } from './listBody';
import { writeList } from './writeList';

const END: End = { nextAfter: '3', total: 7 };
const instance = (id: number, name = 'x'): LambdaInstance => ({ id: String(id), uuid: '1', name, isDamaged: false });
const END_MS = Number.POSITIVE_INFINITY;
const never = new Promise<never>(() => {});

/** A listing of these batches that records how many were pulled and whether it was closed. */
function listing(
  batches: readonly (readonly LambdaInstance[])[],
  total: Listing['total'] = Promise.resolve(undefined),
) {
  const state = { pulled: 0, isClosed: false };
  async function* pull(): Listing['batches'] {
    try {
      for (const batch of batches) {
        state.pulled += 1;
        yield batch;
      }
      return END;
    } finally {
      state.isClosed = true;
    }
  }
  return { state, listing: { batches: pull(), total, lastTotal: undefined } };
}

const pageOf = (limit: number, number: number) => ({ limit, number, offset: (number - 1) * limit });
const tooLarge = (total: number | undefined) => ({ refusal: 'response-too-large', extent: { total } });

describe('writeList', () => {
  it('writes every batch and returns the end of the listing', async () => {
    const { listing: list } = listing([[instance(1), instance(2)], [], [instance(3)]]);
    const { body, end } = await writeList(undefined, list, new ListBody('alb', undefined), END_MS);
    const texts = [1, 2, 3].map((id) => `{"uuid":1,"name":"x","id":${id}}`);
    expect(body.content).toBe(`{"data":[${texts.join(',')}]}`);
    expect(end).toBe(END);
  });

  it('rejects if the listing fails', async () => {
    const failure = new UnavailableError('x');
    async function* fail(): Listing['batches'] {
      yield [instance(1)];
      throw failure;
    }
    const list = { batches: fail(), total: Promise.resolve(1), lastTotal: undefined };
    await expect(writeList(undefined, list, new ListBody('alb', undefined), END_MS)).rejects.toBe(failure);
  });

  it.each([
    ['known', Promise.resolve(3), 3],
    ['unknown', Promise.resolve(undefined), undefined],
    ['late', never, undefined],
  ])('stops at the batch that does not fit, and names the total if known: %s', async (_, total, named) => {
    const name = 'n'.repeat(600_000);
    const { listing: list, state } = listing([[instance(1, name)], [instance(2, name)], [instance(3, name)]], total);
    await expect(writeList(undefined, list, new ListBody('alb', undefined), END_MS)).rejects.toMatchObject(
      tooLarge(named),
    );
    expect(state).toEqual({ pulled: 2, isClosed: true });
  });

  const SHORTEST_SENT = '{\\"uuid\\":1,\\"name\\":\\"\\",\\"id\\":1},'.length;
  const MOST_OF_ALB = Math.floor(1_048_576 / SHORTEST_SENT);
  const MOST_COMPRESSED = Math.floor((24 * 2 ** 20) / '{"uuid":1,"name":"","id":1},'.length);

  it.each([
    ['the whole list', undefined, MOST_OF_ALB, undefined, true],
    ['the whole list', undefined, MOST_OF_ALB + 1, undefined, false],
    ['the whole list, compressed', undefined, MOST_COMPRESSED, 'br', true],
    ['the whole list, compressed', undefined, MOST_COMPRESSED + 1, 'br', false],
    ['a page', pageOf(MOST_OF_ALB, 1), 10 ** 7, undefined, true],
    ['a page', pageOf(MOST_OF_ALB + 1, 1), 10 ** 7, undefined, false],
    ['the last page of a large limit', pageOf(MOST_OF_ALB + 1, 2), 2 * MOST_OF_ALB + 1, undefined, true],
    ['a page past the end', pageOf(10 ** 7, 2), 5, undefined, true],
  ] as const)(
    'refuses %s before reading if the total shows that it cannot fit: %j',
    async (_, page, total, coding, mayFit) => {
      const { listing: list } = listing([[instance(1)]], Promise.resolve(total));
      async function* pending(): Listing['batches'] {
        if (mayFit) return yield* list.batches;
        return await never;
      }
      const written = writeList(page, { ...list, batches: pending() }, new ListBody('alb', coding), END_MS);
      if (mayFit) await expect(written).resolves.toMatchObject({ end: END });
      else await expect(written).rejects.toMatchObject(tooLarge(total));
    },
  );

  it.each([
    [10, 13_500, true],
    [10, 13_501, false],
    [9, 15_000, true],
  ])('refuses a list of which %d batches and more have taken until %d ms: %j', async (count, nowMs, isWhole) => {
    const clock = jest.spyOn(process.hrtime, 'bigint').mockReturnValue(BigInt(nowMs) * 1_000_000n);
    const { listing: list } = listing(Array.from({ length: count }, (_, id) => [instance(id)]));
    const [outcome] = await Promise.allSettled([writeList(undefined, list, new ListBody('alb', undefined), 13_500)]);
    clock.mockRestore();
    if (isWhole) expect(outcome).toMatchObject({ status: 'fulfilled', value: { end: END } });
    else expect(outcome).toMatchObject({ status: 'rejected', reason: tooLarge(undefined) });
  });

  it.each([
    ['the whole list, with no total seen yet', undefined, Number.POSITIVE_INFINITY, true],
    ['the whole list, with a total seen of which twice as much may not fit', undefined, MOST_OF_ALB / 2 + 1, true],
    ['the whole list, with a total seen of which twice as much fits', undefined, MOST_OF_ALB / 2, false],
    ['the whole list, without an index', undefined, undefined, false],
    ['a page that may not fit, with no total seen yet', pageOf(MOST_OF_ALB + 1, 1), Number.POSITIVE_INFINITY, true],
    ['a page that fits, with no total seen yet', pageOf(MOST_OF_ALB, 1), Number.POSITIVE_INFINITY, false],
  ])('waits for the total before it reads %s', async (_, page, lastTotal, waits) => {
    const { listing: list, state } = listing([[instance(1)]], Promise.resolve(10 ** 6));
    await Promise.allSettled([writeList(page, { ...list, lastTotal }, new ListBody('alb', undefined), END_MS)]);
    expect(state.pulled).toBe(waits ? 0 : 1);
  });

  it('reads without a total that is unknown', async () => {
    const { listing: list } = listing([[instance(1)]]);
    const unseen = { ...list, lastTotal: Number.POSITIVE_INFINITY };
    await expect(writeList(undefined, unseen, new ListBody('alb', undefined), END_MS)).resolves.toMatchObject({
      end: END,
    });
  });
});
