import type { PageIndex } from '../store';
import { recountBlocks } from './count';
import { settle } from './settle';

/**
 * Counts anew the blocks that these keys were inserted into or deleted from, before the call.
 *
 * @returns the keys that must be tried again, with the reason
 */
export const recount = (index: PageIndex, keys: readonly string[]): Promise<Map<string, unknown>> =>
  settle(index, keys, (leaf, own) => recountBlocks(index, leaf, own));
