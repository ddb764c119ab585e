import { type GetItemCommand, ProvisionedThroughputExceededException } from '@aws-sdk/client-dynamodb';
import { limitCalls } from '../../dynamodb/limitCalls';
import type { Sender } from '../../dynamodb/session';
import { pace, UNITS_PER_SECOND } from './pace';

const throttled = () => new ProvisionedThroughputExceededException({ message: 'slow down', $metadata: {} });

/** A paced sender, on a clock that only sleeping advances; `answer` returns the cost of a call, or throws. */
function paced(answer: (seconds: number) => number) {
  let ms = 0;
  const send = async () => ({ ConsumedCapacity: { CapacityUnits: answer(ms / 1_000) } });
  const clock = {
    now: () => ms,
    sleep: async (duration: number) => {
      const end = ms + duration;
      await new Promise(setImmediate); // others sleep at the same time
      ms = Math.max(ms, end);
    },
  };
  const sender = pace({ send } as unknown as Sender, UNITS_PER_SECOND, clock);
  return {
    sender,
    call: () => sender.send({} as GetItemCommand),
    wait: (seconds: number) => {
      ms += seconds * 1_000;
    },
    seconds: () => ms / 1_000,
  };
}

async function times(count: number, call: () => Promise<unknown>): Promise<void> {
  for (let i = 0; i < count; i += 1) await call().catch(() => {});
}

describe('pace', () => {
  it('spends at most half of what a partition key is granted, and a second’s worth at once', async () => {
    const { call, seconds } = paced(() => 6);
    await times(UNITS_PER_SECOND / 6, call);
    expect(seconds()).toBe(0);
    await times((10 * UNITS_PER_SECOND) / 6, call);
    expect(seconds()).toBeGreaterThan(9.9);
    expect(seconds()).toBeLessThan(10.1);
  });

  it('waits as long for one expensive call as for many cheap ones', async () => {
    const { call, seconds } = paced(() => 4 * UNITS_PER_SECOND);
    await times(2, call);
    expect(seconds()).toBe(3);
  });

  it('lets a pause pay off the debt, but does not accumulate credit', async () => {
    const { call, wait, seconds } = paced(() => UNITS_PER_SECOND);
    await times(2, call);
    wait(3_600);
    await times(2, call);
    expect(seconds()).toBe(3_600);
    await call();
    expect(seconds()).toBe(3_601);
  });

  it('rejects if a call is throttled, and delays the next one by about a second', async () => {
    const { call, seconds } = paced(() => {
      throw throttled();
    });
    await expect(call()).rejects.toMatchObject({ name: 'ProvisionedThroughputExceededException' });
    await times(99, call);
    expect(seconds()).toBeGreaterThan(50);
    expect(seconds()).toBeLessThan(110);
  });

  it('delays a call by at most ten seconds, however many were throttled at once', async () => {
    const { call, seconds } = paced(() => {
      throw throttled();
    });
    await Promise.allSettled(Array.from({ length: 50 }, call));
    expect(seconds()).toBe(0);
    await times(1, call);
    expect(seconds()).toBeGreaterThan(5);
    expect(seconds()).toBeLessThanOrEqual(10);
  });

  it('delays calls for longer if none was throttled', async () => {
    const { call, seconds } = paced(() => 30 * UNITS_PER_SECOND);
    await call();
    await expect(call()).resolves.toBeDefined();
    expect(seconds()).toBeGreaterThan(28);
  });

  it('fails a batch of 1,000 changes within five minutes if every call is throttled', async () => {
    const { sender, seconds } = paced(() => {
      throw throttled();
    });
    const limited = limitCalls(sender);
    const calls = Array.from({ length: 1_000 }, () => limited.send({} as GetItemCommand));
    for (const { status } of await Promise.allSettled(calls)) expect(status).toBe('rejected');
    expect(seconds()).toBeGreaterThan(100);
    expect(seconds()).toBeLessThan(300);
  });

  it.each([
    [1, 1 / 2],
    [2, 1 / 4],
    [50, 1 / 16],
  ])('continues at a slower pace after being throttled %d times: at %d of it', async (throttlings, share) => {
    let left = throttlings;
    const { call, seconds } = paced(() => {
      if (left-- > 0) throw throttled();
      return UNITS_PER_SECOND / 100;
    });
    await times(throttlings, call);
    const start = seconds();
    await times(100, call);
    const atThatPace = 1 / share;
    expect(seconds() - start).toBeGreaterThan(atThatPace / 3); // it recovers meanwhile
    expect(seconds() - start).toBeLessThanOrEqual(atThatPace + 1);
  });

  it('returns to its full pace a minute after the last throttling', async () => {
    let isBusy = true;
    const { call, wait, seconds } = paced(() => {
      if (isBusy) throw throttled();
      return UNITS_PER_SECOND;
    });
    await times(20, call);
    isBusy = false;
    wait(60);
    const start = seconds();
    await times(11, call);
    expect(seconds() - start).toBeLessThan(10.5);
  });

  it('keeps its pace after errors that are not throttling', async () => {
    const { call, seconds } = paced(() => {
      throw new TypeError('a bug');
    });
    await times(1_000, call);
    expect(seconds()).toBe(0);
  });

  it('does not wait if the clock is set back', async () => {
    const { call, wait, seconds } = paced(() => 1);
    wait(-3_600);
    await call();
    expect(seconds()).toBe(-3_600);
  });
});
