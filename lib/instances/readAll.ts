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
 * The first megabyte is read at once: mostly that is all. What lies behind it is read in segments of about a megabyte,
 * side by side, if the blocks of the page index tell where these begin; else one after the other.
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
      await readSideBySide(source, cutSegments(blocks, lastKey, Math.max(1, rows.length * SPARE)), handOver);
      break;
    }
  }
  if (isEmpty) throw noInstances();
}

const SPARE = 0.9; // so many of the rows that filled the first megabyte fit into others too, mostly

type Segment = { readonly range: Range; readonly part: Promise<Part>; readonly width: number };

/** Rows of a segment, and what of it is left to be read. */
type Part = { readonly rows: readonly Row[]; readonly rest?: Range };

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
  let width = source.concurrency;
  const reading: Segment[] = [];
  const start = (range: Range): Segment => {
    const part = readSegment(source, range);
    part.catch(() => {}); // told where it is awaited
    return { range, part, width };
  };
  const finish = async (segment: Segment): Promise<Part> => {
    try {
      return await segment.part;
    } catch (error) {
      if (!isThrottled(error)) throw error;
    }
    width = Math.min(width, Math.ceil(segment.width / 2));
    await Promise.allSettled(reading.map(({ part }) => part));
    return readSegment(source, segment.range);
  };
  const handOverFirst = async (first: Segment): Promise<void> => {
    const { rows, rest } = await finish(first);
    await handOver(rows);
    reading.splice(0, 1, ...(rest ? [start(rest)] : []));
  };
  for (const range of segments) {
    for (let first = reading[0]; first && reading.length >= width; first = reading[0]) await handOverFirst(first);
    reading.push(start(range));
  }
  for (let first = reading[0]; first; first = reading[0]) await handOverFirst(first);
}

const MAX_HELD = 1_000_000; // characters of names: what waits for its turn neither fills the memory, nor is read in vain

async function readSegment({ sender, partition }: Reading, range: Range): Promise<Part> {
  const all: Row[] = [];
  let held = 0;
  for await (const { rows, lastKey } of readRows(sender, partition, range, ATTRIBUTES)) {
    all.push(...rows);
    for (const { name } of rows) held += name?.S?.length ?? 0;
    if (held >= MAX_HELD && lastKey !== undefined) return { rows: all, rest: { ...range, after: lastKey } };
  }
  return { rows: all };
}
