import { setTimeout as sleepMs } from 'node:timers/promises';
import { isThrottling } from '../../dynamodb/outage';
import type { Sender } from '../../dynamodb/session';

/** Half of what DynamoDB grants the rows of one partition key: readers have the other half. */
export const UNITS_PER_SECOND = 1_500;

const LEAST_SHARE = 1 / 16; // of the pace, however often calls are throttled
const RECOVERY_SECONDS = 60; // from nothing to the full pace

type Clock = { readonly now: () => number; readonly sleep: (ms: number) => Promise<unknown> };

/**
 * A sender whose reads cost at most `unitsPerSecond` read units a second, so that counting leaves readers their share.
 *
 * What calls have cost is a debt that time pays off; calls wait while it is more than a second's worth. A call that
 * DynamoDB throttles, after all the client's attempts, is thrown on, and halves the pace, which recovers within a minute.
 */
export function pace(
  sender: Sender,
  unitsPerSecond = UNITS_PER_SECOND,
  { now, sleep }: Clock = { now: Date.now, sleep: sleepMs },
): Sender {
  let [debt, rate, since] = [0, unitsPerSecond, now()];
  const elapse = () => {
    const seconds = Math.max(0, now() - since) / 1_000;
    since = now();
    debt = Math.max(0, debt - rate * seconds);
    rate = Math.min(unitsPerSecond, rate + (unitsPerSecond * seconds) / RECOVERY_SECONDS);
  };
  const send = async (command: Parameters<Sender['send']>[0]): Promise<unknown> => {
    for (elapse(); debt > rate; elapse()) await sleep(Math.ceil(((debt - rate) / rate) * 1_000));
    try {
      const output: unknown = await sender.send(command);
      debt += (output as { ConsumedCapacity?: { CapacityUnits?: number } }).ConsumedCapacity?.CapacityUnits ?? 0;
      return output;
    } catch (error) {
      elapse();
      if (isThrottling(error)) {
        rate = Math.max(unitsPerSecond * LEAST_SHARE, rate / 2);
        debt += rate; // another second
      }
      throw error;
    }
  };
  return { send: send as Sender['send'] };
}
