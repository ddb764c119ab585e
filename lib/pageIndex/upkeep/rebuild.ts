import { countRows } from '../../dynamodb/partition';
import { DamagedIndexError } from '../format';
import { ROOT, totalOf } from '../node';
import { createRoot, type PageIndex, readNode } from '../store';
import { countUncounted } from './complete';
import { sweep } from './sweep';

/**
 * Builds a new tree, for a table of any size, while others write to it and the stream is maintained. Readers do without
 * the index until the last block is counted.
 *
 * Yields the number of rows counted so far. If it is interrupted, the audit continues it.
 */
export async function* rebuild(index: PageIndex): AsyncGenerator<number, void> {
  await countRows(index.sender, index.rows, {}, { limit: 1 }); // if the rows are unreadable, the present index stays
  const { generation } = await createRoot(index);
  yield* countUncounted(index);
  await sweep(index, generation);
  const root = await readNode(index, ROOT, { consistent: true });
  const total = root && totalOf(root.entries);
  if (total === undefined) throw new DamagedIndexError('the index was deleted or replaced during the rebuild');
  yield total;
}
