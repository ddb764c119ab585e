import { orLate } from '../deadline';
import { RefusedError } from '../errors';
import { SHORTEST_JSON, toJson } from '../instances/lambdaInstance';
import { type End, LATE_MS, type Listing } from '../instances/listInstances';
import { countWithin, type Page } from '../instances/page';
import { nowMs } from '../trace';
import { type FinishedBody, type ListBody, responseTooLarge } from './listBody';

/**
 * Writes a listing into a body; returns the body and the end of the listing.
 *
 * Waits for the index's total before it reads anything, unless twice the total that this process saw last would fit: the
 * first whole list of a process waits, later ones only if they may be too large.
 *
 * @param endMs when a list that is still arriving is too large, on the clock of `nowMs`
 * @throws RefusedError response-too-large (with the total if known) as soon as the total, the text or the time shows it
 */
export async function writeList(
  page: Page | undefined,
  { batches, total, lastTotal = 0 }: Listing,
  body: ListBody,
  endMs: number,
): Promise<{ readonly body: FinishedBody; readonly end: End }> {
  const mayFit = (count = 0): boolean => body.canHold(countWithin(page, count), SHORTEST_JSON);
  const judged = total.then((known) => {
    if (!mayFit(known)) throw responseTooLarge();
  });
  try {
    if (!mayFit(2 * lastTotal)) await judged;
    return await Promise.race([writeBatches(batches, body, endMs), judged.then(() => new Promise<never>(() => {}))]);
  } catch (error) {
    if (!isTooLarge(error)) throw error;
    throw responseTooLarge({ total: await orLate<number | undefined>(LATE_MS, total, undefined) });
  } finally {
    batches.return(undefined as never); // stops reading if the body was refused
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
 * A list is too large if this many batches (1 MB each) have arrived and this share of the request's time has passed
 * before its end: a retry would not help. With fewer batches, DynamoDB is slow.
 */
const MANY_BATCHES = 10;
export const TIME_SHARE = 0.9;

const isTooLarge = (error: unknown): boolean => error instanceof RefusedError && error.refusal === 'response-too-large';
