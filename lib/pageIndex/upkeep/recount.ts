import type { PageIndex } from '../store';
import { recountBlocks } from './count';
import { settle } from './settle';

/**
 * Recounts the blocks that these keys were inserted into or deleted from, before the call.
 *
 * @returns the keys that must be tried again, with the reason
 */
export const recount = (index: PageIndex, keys: readonly string[]): Promise<Map<string, unknown>> =>
  settle(index, keys, (leaf, own) => recountBlocks(index, leaf, own));

/** Does the same. @throws the reason if a block could not be counted */
export async function recountOrThrow(index: PageIndex, keys: readonly string[]): Promise<void> {
  for (const failure of (await recount(index, keys)).values()) throw failure;
}
