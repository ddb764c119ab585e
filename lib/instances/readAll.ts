import { isThrottled } from '../dynamodb/outage';
import { type Range, type Row, readRows } from '../dynamodb/partition';
import type { Entry } from '../pageIndex/node';
import { cutSegments } from '../pageIndex/segments';
import { ATTRIBUTES, parseLambdaInstance } from './lambdaInstance';
import { noInstances } from './readPage';
import type { Batches, Source } from './source';

type Reading = Pick<Source, 'sender' | 'partition' | 'concurrency'>;

/**
 * Reads every instance.
 *
 * Reads the first megabyte at once, which mostly is everything. Reads the rest in parallel segments, as many as the
 * concurrency, if the page index knows its blocks; otherwise chunk by chunk.
 *
 * @param findBlocks called at most once, if there is a rest; resolves in time, to undefined without an index
 * @throws RefusedError no-instances
 */
export async function* readAll(
  source: Reading,
  findBlocks: () => Promise<readonly Entry[] | undefined>,
): Batches<void> {
  let isEmpty = true;
  for await (const rows of readAllRows(source, findBlocks)) {
    isEmpty &&= rows.length === 0;
    yield rows.map(parseLambdaInstance);
  }
  if (isEmpty) throw noInstances();
}

async function* readAllRows(
  source: Reading,
  findBlocks: () => Promise<readonly Entry[] | undefined>,
): AsyncGenerator<readonly Row[], void> {
  let asked: ReturnType<typeof findBlocks> | undefined;
  for await (const { rows, lastKey } of readRows(source.sender, source.partition, {}, ATTRIBUTES)) {
    yield rows;
    if (lastKey === undefined) return;
    asked ??= findBlocks();
    const blocks = await asked;
    if (blocks) {
      // Stryker disable next-line OptionalChaining: each row has its key, as checked when it was parsed
      const head = { first: rows[0]?.id?.N ?? lastKey, through: lastKey, rows: rows.length };
      const count = countSegments(blocks, rows, source.concurrency);
      yield* readSideBySide(source, cutSegments(blocks, head, count));
      return;
    }
  }
}

/**
 * Returns one segment per reader, or several shorter ones, of which only the nearest are read, if more than `MAX_HELD`
 * would be buffered. Estimates the row size from the head; if later rows are larger, the readers pause.
 */
function countSegments(blocks: readonly Entry[], head: readonly Row[], concurrency: number): number {
  const left = blocks.reduce((sum, { count = 0 }) => sum + count, 0) - head.length;
  const size = sizeOf(head) / Math.max(1, head.length);
  const turns = Math.ceil((2 * left * size) / MAX_HELD);
  return concurrency * Math.min(MAX_TURNS, Math.max(1, turns));
}

/** Limit on buffered characters; each reader may exceed its share by one chunk. */
const MAX_HELD = 96_000_000;
const MAX_TURNS = 1_000; // bounds what a damaged index can cause

/** The memory of a row without its name, in characters. */
const ROW_CHARACTERS = 300;
const sizeOf = (rows: readonly Row[]): number =>
  rows.reduce((sum, { name }) => sum + ROW_CHARACTERS + (name?.S?.length ?? 0), 0);

/** A segment being read, chunk by chunk. */
type Lane = {
  /** The range left to read; undefined if it is complete. */
  rest: Range | undefined;
  /** The rows read and not yet yielded. */
  readonly rows: Row[];
  held: number;
  isUnderWay: boolean;
  isThrottled: boolean;
};

/**
 * Reads up to `concurrency` segments at once and yields their rows in order. When DynamoDB throttles, halves the
 * concurrency and retries the throttled read alone, so that the list does not fail because of its own concurrency. No
 * backoff here: the client has backed off before it reports throttling.
 */
async function* readSideBySide(source: Reading, segments: readonly Range[]): AsyncGenerator<readonly Row[], void> {
  const maxHeld = MAX_HELD / source.concurrency;
  const lanes: Lane[] = segments.map((rest) => ({
    rest,
    rows: [],
    held: 0,
    isUnderWay: false,
    isThrottled: false,
  }));
  const underWay = new Set<Promise<void>>();
  let width = source.concurrency;
  let failed: { error: unknown } | undefined;

  /** Returns the lanes whose next chunk may be read now. */
  const findReady = (): Lane[] => {
    const throttled = lanes.find(({ isThrottled }) => isThrottled);
    if (throttled) return underWay.size === 0 ? [throttled] : [];
    const isReady = (lane: Lane, i: number) => lane.rest && !lane.isUnderWay && (i === 0 || lane.held < maxHeld);
    const nearest = lanes.slice(0, source.concurrency); // others would read far ahead
    return nearest.filter(isReady).slice(0, Math.max(0, width - underWay.size));
  };

  const readChunk = async (lane: Lane): Promise<void> => {
    const widthThen = width;
    lane.isUnderWay = true;
    try {
      lane.rest = await readInto(lane, source);
      lane.isThrottled = false;
    } catch (error) {
      if (lane.isThrottled || !isThrottled(error)) failed ??= { error };
      else {
        lane.isThrottled = true;
        width = Math.min(width, Math.ceil(widthThen / 2));
      }
    }
    lane.isUnderWay = false;
  };

  for (let first = lanes[0]; first; first = lanes[0]) {
    if (failed) throw failed.error;
    for (const lane of findReady()) {
      const chunk = readChunk(lane).finally(() => underWay.delete(chunk));
      underWay.add(chunk);
    }
    if (first.rows.length > 0) {
      first.held = 0;
      yield first.rows.splice(0);
    } else if (first.rest) await Promise.race(underWay);
    else lanes.shift();
  }
}

/** Reads a chunk of a lane; resolves to the range left. */
async function readInto(lane: Lane, { sender, partition }: Reading): Promise<Range | undefined> {
  let rest = lane.rest;
  for await (const { rows, lastKey } of readRows(sender, partition, rest ?? {}, ATTRIBUTES)) {
    for (const row of rows) lane.rows.push(row);
    lane.held += sizeOf(rows);
    rest = lastKey === undefined ? undefined : { ...rest, after: lastKey };
    break; // one chunk at a time
  }
  return rest;
}
