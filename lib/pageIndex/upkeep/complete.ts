import type { PageIndex } from '../store';
import { countFirstUncounted } from './count';
import { recountOrThrow } from './recount';
import { settle } from './settle';
import { firstUncounted, lastKey } from './walk';

const BLOCKS_PER_STEP = 32; // some 0.2 s, so that a writer rarely overtakes a step

/**
 * Counts all uncounted blocks, front to back, while others write and the stream is maintained; replaces damaged nodes on
 * the way. The tree keeps the progress: any process may continue what another has begun, or count at the same time.
 *
 * Yields the number of rows counted so far, before each step.
 */
export async function* countUncounted(index: PageIndex): AsyncGenerator<number, void> {
  const find = () => firstUncounted(index, (key) => recountOrThrow(index, [key]));
  for (let next = await find(); next; next = await find()) {
    yield next.rank;
    const { leaf } = next;
    const uncounted = leaf.entries.findIndex(({ count }) => count === undefined);
    const key = lastKey(leaf, Math.max(0, uncounted));
    let maxBlocks = BLOCKS_PER_STEP;
    const failed = await settle(index, [key], async (current) => {
      const entries = await countFirstUncounted(index, current, maxBlocks);
      maxBlocks = Math.max(1, Math.floor(maxBlocks / 2)); // if a writer overtakes the step, it is retried, smaller
      return { entries, failed: new Map() };
    });
    for (const failure of failed.values()) throw failure;
  }
}
