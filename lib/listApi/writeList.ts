import { orLate } from '../deadline';
import { RefusedError } from '../errors';
import { SHORTEST_JSON, toJson } from '../instances/lambdaInstance';
import { type End, LATE_MS, type Listing } from '../instances/listInstances';
import { countWithin, type Page } from '../instances/page';
import { nowMs } from '../trace';
import { type FinishedBody, type ListBody, responseTooLarge } from './listBody';

/**
 * Writes a listing into a body, and returns it with where the listing ended.
 *
 * @param timeMs how long the answer may take
 * @throws RefusedError response-too-large, with the total if it is known: as soon as the total, the text or the time
 *   shows it
 */
export async function writeList(
  page: Page | undefined,
  { batches, total }: Listing,
  body: ListBody,
  timeMs: number,
): Promise<{ readonly body: FinishedBody; readonly end: End }> {
  const refusedByTotal = total.then((known) => {
    const mayFit = known === undefined || body.canHold(countWithin(page, known), SHORTEST_JSON);
    return mayFit ? new Promise<never>(() => {}) : Promise.reject(responseTooLarge());
  });
  try {
    return await Promise.race([writeBatches(batches, body, nowMs() + timeMs * TIME_SHARE), refusedByTotal]);
  } catch (error) {
    if (!isTooLarge(error)) throw error;
    throw responseTooLarge({ total: await orLate<number | undefined>(LATE_MS, total, undefined) });
  } finally {
    batches.return(undefined as never); // ends the reading where the body was refused
  }
}

async function writeBatches(batches: Listing['batches'], body: ListBody, endMs: number) {
  for (let count = 1; ; count += 1) {
    const step = await batches.next();
    if (step.done) return { body: await body.finish(), end: step.value };
    await body.add(step.value.map(toJson));
    if (count >= MANY_BATCHES && nowMs() > endMs) throw responseTooLarge();
  }
}

/**
 * A list of which so many batches (a megabyte each) came, but not all in this share of its time, is too large: DynamoDB
 * answers, and another attempt would end alike. With fewer batches it is DynamoDB that is slow.
 */
const MANY_BATCHES = 10;
const TIME_SHARE = 0.9;

const isTooLarge = (error: unknown): boolean => error instanceof RefusedError && error.refusal === 'response-too-large';
