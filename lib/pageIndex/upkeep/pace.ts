import { setTimeout as sleepMs } from 'node:timers/promises';
import { isThrottling } from '../../dynamodb/outage';
import type { Sender } from '../../dynamodb/session';

/** Half of what DynamoDB grants the rows of one partition key: readers have the other half. */
export const UNITS_PER_SECOND = 1_500;

const LEAST_SHARE = 1 / 16; // of the pace, however often calls are throttled
const RECOVERY_SECONDS = 60; // from nothing to the full pace
const MAX_WAIT_MS = 10_000; // while calls are throttled: then a batch fails in time to be delivered again

export type Clock = { readonly now: () => number; readonly sleep: (ms: number) => Promise<unknown> };

export const REAL_CLOCK: Clock = { now: Date.now, sleep: sleepMs };

/**
 * A sender whose reads cost at most `unitsPerSecond` read units a second, so that counting leaves readers their share.
 *
 * What calls have cost is a debt that time pays off; calls wait while it exceeds a second's worth. If DynamoDB throttles
 * a call, after all of the client's attempts, the error is passed on; it adds a second to the debt and halves the pace,
 * which recovers within a minute. Until then, a call that would wait for longer than ten seconds gets that error too.
 */
export function pace(sender: Sender, unitsPerSecond = UNITS_PER_SECOND, { now, sleep }: Clock = REAL_CLOCK): Sender {
  let [debt, rate, since] = [0, unitsPerSecond, now()];
  let throttling: unknown; // the last such error, until the pace has recovered
  const elapse = () => {
    const seconds = Math.max(0, now() - since) / 1_000;
    since = now();
    debt = Math.max(0, debt - rate * seconds);
    rate = Math.min(unitsPerSecond, rate + (unitsPerSecond * seconds) / RECOVERY_SECONDS);
    if (rate === unitsPerSecond) throttling = undefined;
  };
  const send = async (command: Parameters<Sender['send']>[0]): Promise<unknown> => {
    const start = now();
    for (elapse(); debt > rate; elapse()) {
      if (throttling && now() - start >= MAX_WAIT_MS) throw throttling;
      await sleep(Math.min(MAX_WAIT_MS, Math.ceil(((debt - rate) / rate) * 1_000)));
    }
    try {
      const output: unknown = await sender.send(command);
      debt += (output as { ConsumedCapacity?: { CapacityUnits?: number } }).ConsumedCapacity?.CapacityUnits ?? 0;
      return output;
    } catch (error) {
      elapse();
      if (isThrottling(error)) {
        rate = Math.max(unitsPerSecond * LEAST_SHARE, rate / 2);
        debt = Math.max(debt, Math.min(debt + rate, (rate * MAX_WAIT_MS) / 1_000));
        throttling = error;
      }
      throw error;
    }
  };
  return { send: send as Sender['send'] };
}
