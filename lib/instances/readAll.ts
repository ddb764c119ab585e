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
 * The first megabyte is read at once: mostly that is all. The rest is read in as many segments side by side as the
 * concurrency allows, if the page index knows its blocks; else chunk by chunk.
 *
 * @param findBlocks called once, and only if there is a rest; resolves in good time, to undefined without an index
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
      // Stryker disable next-line OptionalChaining: each row has its key, as was seen when it was read
      const head = { first: rows[0]?.id?.N ?? lastKey, through: lastKey, rows: rows.length };
      const count = countSegments(blocks, rows, source.concurrency);
      yield* readSideBySide(source, cutSegments(blocks, head, count));
      return;
    }
  }
}

/**
 * One segment for each reader; but where more would wait for its turn than may be held, several shorter ones, of which
 * only the nearest are read. The head tells how large rows are; where others are larger, the readers stop in time.
 */
function countSegments(blocks: readonly Entry[], head: readonly Row[], concurrency: number): number {
  const left = blocks.reduce((sum, { count = 0 }) => sum + count, 0) - head.length;
  const size = sizeOf(head) / Math.max(1, head.length);
  const turns = Math.ceil((2 * left * size) / MAX_HELD);
  return concurrency * Math.min(MAX_TURNS, Math.max(1, turns));
}

/** What waits for its turn may not fill the memory; in characters, and no more than a chunk for each reader above it. */
const MAX_HELD = 96_000_000;
const MAX_TURNS = 1_000; // whatever a damaged index counts

/** A row takes as much memory as so many characters, and its name. */
const ROW_CHARACTERS = 300;
const sizeOf = (rows: readonly Row[]): number =>
  rows.reduce((sum, { name }) => sum + ROW_CHARACTERS + (name?.S?.length ?? 0), 0);

/** A segment that is being read, chunk after chunk. */
type Lane = {
  /** What of it is left to be read; undefined: nothing. */
  rest: Range | undefined;
  /** What waits for its turn. */
  readonly rows: Row[];
  held: number;
  isUnderWay: boolean;
  isThrottled: boolean;
};

/**
 * Reads up to `concurrency` segments at once, and yields their rows in order. When DynamoDB throttles, half as many
 * are read from then on, and what was throttled is read again, alone: the answer waits for what DynamoDB grants, but
 * does not fail for what we asked. The client has waited before it gives a call up as throttled, so nothing waits here.
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

  /** The lanes that a chunk may be read of now. */
  const findReady = (): Lane[] => {
    const throttled = lanes.find(({ isThrottled }) => isThrottled);
    if (throttled) return underWay.size === 0 ? [throttled] : [];
    const isReady = (lane: Lane, i: number) => lane.rest && !lane.isUnderWay && (i === 0 || lane.held < maxHeld);
    const nearest = lanes.slice(0, source.concurrency); // who is not among them would be far ahead
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

/** Reads a chunk of a lane; resolves to what is left. */
async function readInto(lane: Lane, { sender, partition }: Reading): Promise<Range | undefined> {
  let rest = lane.rest;
  for await (const { rows, lastKey } of readRows(sender, partition, rest ?? {}, ATTRIBUTES)) {
    for (const row of rows) lane.rows.push(row);
    lane.held += sizeOf(rows);
    rest = lastKey === undefined ? undefined : { ...rest, after: lastKey };
    break; // the next one follows when it is its turn
  }
  return rest;
}
