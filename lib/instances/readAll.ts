import { isThrottled } from '../dynamodb/outage';
import { type Range, type Row, readRows } from '../dynamodb/partition';
import type { Entry } from '../pageIndex/node';
import { cutSegments } from '../pageIndex/segments';
import { ATTRIBUTES, parseLambdaInstance } from './lambdaInstance';
import { noInstances } from './readPage';
import type { Accept, Source } from './source';

type Reading = Pick<Source, 'sender' | 'partition' | 'concurrency'>;

/**
 * Hands over every instance in ascending order of `id`.
 *
 * The first megabyte is read at once: mostly that is all. What lies behind it is read in as many segments side by side
 * as the concurrency allows, if the page index tells its blocks; else one after the other.
 *
 * @param findBlocks asked once, and only if there is more; resolves in good time, to undefined where there is no index to tell
 * @throws RefusedError no-instances
 */
export async function readAll(
  source: Reading,
  findBlocks: () => Promise<readonly Entry[] | undefined>,
  accept: Accept,
): Promise<void> {
  let isEmpty = true;
  const handOver = (rows: readonly Row[]): Promise<void> => {
    isEmpty &&= rows.length === 0;
    return accept(rows.map(parseLambdaInstance));
  };
  let asked: ReturnType<typeof findBlocks> | undefined;
  for await (const { rows, lastKey } of readRows(source.sender, source.partition, {}, ATTRIBUTES)) {
    await handOver(rows);
    if (lastKey === undefined) break;
    asked ??= findBlocks();
    const blocks = await asked;
    if (blocks) {
      // Stryker disable next-line OptionalChaining: each row has its key, as was seen when it was read
      const head = { first: rows[0]?.id?.N ?? lastKey, through: lastKey, rows: rows.length };
      const count = countSegments(blocks, head.rows, source.concurrency);
      await readSideBySide(source, cutSegments(blocks, head, count), handOver);
      break;
    }
  }
  if (isEmpty) throw noInstances();
}

/**
 * One segment for each reader, so that only their last chunks are not full. But of a very long list, which may fit into
 * no answer, what waits for its turn would be too much: it is cut into single chunks.
 */
function countSegments(blocks: readonly Entry[], rowsOfChunk: number, concurrency: number): number {
  const left = blocks.reduce((sum, { count = 0 }) => sum + count, 0) - rowsOfChunk;
  const chunks = Math.max(1, Math.ceil(left / Math.max(1, rowsOfChunk * SPARE)));
  return left > MAX_AHEAD ? chunks : Math.min(chunks, concurrency);
}

const SPARE = 0.9; // so many of the rows that filled the first megabyte fit into others too, mostly
const MAX_AHEAD = 160_000; // rows; some 60 MB of memory, if most of them wait for their turn

/** A segment that is being read, chunk after chunk. */
type Lane = {
  /** What of it is left to be read; undefined: nothing. */
  rest: Range | undefined;
  /** What waits for its turn. */
  readonly rows: Row[];
  heldCharacters: number;
  isUnderWay: boolean;
  isThrottled: boolean;
};

const MAX_HELD_CHARACTERS = 16_000_000; // of names, of all lanes: what waits for its turn may not fill the memory

/**
 * Reads up to `concurrency` segments at once, and hands them over in their order. When DynamoDB throttles, half as many
 * are read from then on, and what was throttled is read again, alone: the answer waits for what DynamoDB grants, but
 * does not fail for what we asked.
 */
async function readSideBySide(
  source: Reading,
  segments: readonly Range[],
  handOver: (rows: readonly Row[]) => Promise<void>,
): Promise<void> {
  const maxHeld = MAX_HELD_CHARACTERS / source.concurrency;
  const lanes: Lane[] = segments.map((rest) => ({
    rest,
    rows: [],
    heldCharacters: 0,
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
    const isReady = (lane: Lane, i: number) =>
      lane.rest && !lane.isUnderWay && (i === 0 || lane.heldCharacters < maxHeld);
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
      lane.isThrottled = true;
      width = Math.min(width, Math.ceil(widthThen / 2));
    }
    lane.isUnderWay = false;
  };

  for (let first = lanes[0]; first; first = lanes[0]) {
    for (const lane of findReady()) {
      const chunk = readChunk(lane).finally(() => underWay.delete(chunk));
      underWay.add(chunk);
    }
    if (failed) throw failed.error;
    if (first.rows.length > 0) {
      first.heldCharacters = 0;
      await handOver(first.rows.splice(0));
    } else if (first.rest) await Promise.race(underWay);
    else lanes.shift();
  }
}

/** Reads a chunk of a lane; resolves to what is left. */
async function readInto(lane: Lane, { sender, partition }: Reading): Promise<Range | undefined> {
  let rest = lane.rest;
  for await (const { rows, lastKey } of readRows(sender, partition, rest ?? {}, ATTRIBUTES)) {
    for (const row of rows) {
      lane.rows.push(row);
      lane.heldCharacters += row.name?.S?.length ?? 0;
    }
    rest = lastKey === undefined ? undefined : { ...rest, after: lastKey };
    break; // the next one follows when it is its turn
  }
  return rest;
}
