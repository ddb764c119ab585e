/** How a range of rows is cut into blocks: by rows, and by what counting them costs. */
import { countRows, type Range } from '../../dynamodb/partition';
import type { Shape } from '../node';
import type { PageIndex } from '../store';

/** A block as it was just counted. */
export type Block = {
  readonly after: string | undefined;
  readonly count: number;
  /** What it cost to count, in strongly consistent read units. */
  readonly units: number;
};

/** A single row cannot be cut, whatever it costs. */
const isTooLarge = ({ count, units }: Pick<Block, 'count' | 'units'>, { maxRows, maxUnits }: Shape): boolean =>
  count > 1 && (count > maxRows || units > maxUnits);

/**
 * Counts a range, and cuts it only if it is too large; one count shows that it is not, as it nearly always is not.
 *
 * @param known how many rows it had when it was last counted
 */
export async function countBlock(
  index: PageIndex,
  range: Range,
  known: number,
  maxCuts: number,
): Promise<readonly Block[]> {
  const { shape } = index;
  if (known > 0 && known <= shape.fewRows) return countApart(index, range, known, maxCuts);
  const whole = await count(index, range, shape.maxRows + 1);
  if (whole.lastKey === undefined && !isTooLarge(whole, shape)) return [blockOf(range.after, whole)];
  return cutAll(index, range, maxCuts, limitFor(whole, shape));
}

/**
 * Counts a block of few rows, which may be large ones: as many as it had, then those beyond, so that a cut reads no row
 * twice. A block that has not changed takes one count, and is cut only if that is too large.
 */
async function countApart(index: PageIndex, range: Range, known: number, maxCuts: number): Promise<readonly Block[]> {
  const blocks = await cutAll(index, range, maxCuts, known);
  let [count, units] = [0, 0];
  for (const block of blocks) {
    count += block.count;
    if (block.count > 0) units += block.units; // that there are no more rows costs a unit to learn
  }
  return isTooLarge({ count, units }, index.shape) ? blocks : [{ after: range.after, count, units }];
}

async function cutAll(index: PageIndex, range: Range, maxCuts: number, limit: number): Promise<readonly Block[]> {
  const { blocks, rest, limit: next } = await cutBlocks(index, range, maxCuts, limit);
  return rest ? [...blocks, ...(await cutTail(index, rest, next))] : blocks;
}

/**
 * Cuts the first rows of a range into at most `maxBlocks` new blocks, the first of `limit` rows, each next one of as
 * many as its predecessor's rows suggest. `rest` is what lies beyond them, if there are rows left to count.
 *
 * A piece that turns out too dear is counted again in smaller ones. A large row among small ones is closed in upon in
 * this way: rows that are known to be too dear together are counted in pieces that do not grow until all are counted.
 */
export async function cutBlocks(
  index: PageIndex,
  range: Range,
  maxBlocks: number,
  limit: number,
): Promise<{ blocks: Block[]; rest?: Range; limit: number }> {
  const { shape } = index;
  const blocks: Block[] = [];
  let { after } = range;
  let size = limit;
  let suspects = 0; // rows ahead that are too dear together
  while (blocks.length < maxBlocks) {
    const piece = await count(index, { ...range, after }, size);
    if (isTooLarge(piece, shape)) {
      size = suspects > 0 ? Math.ceil(limitFor(piece, shape) / 2) : limitFor(piece, shape);
      suspects = piece.count;
      continue;
    }
    blocks.push(blockOf(after, piece));
    if (piece.lastKey === undefined) return { blocks, limit: size };
    after = piece.lastKey;
    suspects -= piece.count;
    if (suspects <= 0) size = limitFor(piece, shape);
  }
  return { blocks, rest: { ...range, after }, limit: size };
}

/**
 * Cuts a range into blocks each of twice as many rows as the one before, whatever they cost, which are cut further when
 * they are touched: so a leaf that much was written into gets few entries, and little of it is counted often.
 */
async function cutTail({ sender, rows }: PageIndex, range: Range, limit: number): Promise<readonly Block[]> {
  const blocks: Block[] = [];
  let { after } = range;
  for (let size = limit * 2; ; size *= 2) {
    const piece = await countRows(sender, rows, { ...range, after }, { limit: size, consistent: true });
    blocks.push(blockOf(after, piece));
    if (piece.lastKey === undefined) return blocks;
    after = piece.lastKey;
  }
}

type Count = Awaited<ReturnType<typeof countRows>>;

/** Counts the first `limit` rows of a range, or fewer where that is enough to know that they are too dear together. */
const count = ({ sender, rows, shape: { maxUnits } }: PageIndex, range: Range, limit: number): Promise<Count> =>
  countRows(sender, rows, range, { limit, consistent: true, maxUnits });

const blockOf = (after: string | undefined, { count, units }: Count): Block => ({ after, count, units });

/** How many rows like these make a new block; fewer than there are, where these are too many. */
function limitFor({ count, units }: Count, shape: Shape): number {
  const affordable = Math.floor((Math.max(1, count) * shape.units) / Math.max(units, SMALLEST_UNIT));
  return Math.max(1, Math.min(affordable, shape.rows));
}

const SMALLEST_UNIT = 0.5;
