import type { PageIndex } from '../lib/pageIndex/store';
import { rebuild } from '../lib/pageIndex/upkeep/rebuild';

/** Builds an index completely, ignoring progress. */
export async function rebuildAll(index: PageIndex): Promise<void> {
  for await (const _step of rebuild(index));
}
