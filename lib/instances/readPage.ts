import { countRows, type Partition, readRows } from '../dynamodb/partition';
import type { Sender } from '../dynamodb/session';
import { RefusedError } from '../errors';
import type { Place } from '../pageIndex/node';
import { ATTRIBUTES, parseLambdaInstance } from './lambdaInstance';
import type { Page } from './page';
import type { Batches, Source } from './source';

/** The number of instances on a page, the last one's `id`, and whether another follows. */
export type Cut = { readonly count: number; readonly lastId: string | undefined; readonly hasNext: boolean };

/**
 * Reads a page from a place at or before it.
 *
 * Costs the rows from the place to the page's end, and one more to know whether an instance follows. Skips long
 * distances by counting: DynamoDB bills a count like a read, but sends no rows.
 *
 * @throws RefusedError no-instances, page-out-of-range
 * @throws UnavailableError rather than end a page early
 */
export async function* readPage(
  { sender, partition }: Pick<Source, 'sender' | 'partition'>,
  page: Page,
  place: Place,
): Batches<Cut> {
  const { offset, limit } = page;
  let lastId: string | undefined;
  const start = isNear(page, place)
    ? { ...place, isEnd: false }
    : await skip(sender, partition, place, offset - place.rank);
  const first = offset - start.rank;
  const end = first + limit;
  let seen = 0;
  if (!start.isEnd) {
    for await (const { rows } of readRows(sender, partition, start, ATTRIBUTES, { limit: end + 1 })) {
      const batch = rows.slice(Math.max(0, first - seen), Math.max(0, end - seen)).map(parseLambdaInstance);
      lastId = batch.at(-1)?.id ?? lastId;
      yield batch;
      seen += rows.length;
    }
  }
  if (seen <= first) {
    const total = start.rank + seen;
    if (total === place.rank && (await isEmpty(sender, partition))) throw noInstances();
    throw page.after === undefined
      ? beyondTheEnd(total, page)
      : new RefusedError('page-out-of-range', 'No instance follows');
  }
  return { count: Math.min(seen, end) - first, lastId, hasNext: seen > end };
}

const MAX_ROWS_DROPPED = 500; // up to here, a separate call costs more than receiving the rows and dropping them

/** Whether the first batch of a page takes one query. From further away, the rows before the page are counted first. */
export const isNear = ({ offset }: Page, place: Place): boolean => offset - place.rank <= MAX_ROWS_DROPPED;

/** Counts as many rows from a place on, or up to the end; returns the place after them. */
async function skip(sender: Sender, partition: Partition, place: Place, distance: number): Promise<Start> {
  const { count, lastKey } = await countRows(sender, partition, place, { limit: distance });
  return { after: lastKey, rank: place.rank + count, isEnd: lastKey === undefined };
}

type Start = Place & { readonly isEnd: boolean };

/** Checks for any row at all: with nothing after the place, a lagging index may have counted deleted rows before it. */
const isEmpty = async (sender: Sender, partition: Partition): Promise<boolean> =>
  (await countRows(sender, partition, {}, { limit: 1 })).count === 0;

function beyondTheEnd(total: number, page: Page): RefusedError {
  if (total === 0) return noInstances();
  const lastPage = Math.ceil(total / page.limit);
  return new RefusedError('page-out-of-range', `The last page is ${lastPage}`, { total, lastPage });
}

export const noInstances = (): RefusedError => new RefusedError('no-instances', 'There are no lambda instances');
