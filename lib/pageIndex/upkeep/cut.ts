/** Cuts a range of rows into blocks, by their number and by the cost of counting them. */
import { countRows, type Range } from '../../dynamodb/partition';
import type { Shape } from '../node';
import type { PageIndex } from '../store';

/** A block that was just counted. */
export type Block = {
  readonly after: string | undefined;
  readonly count: number;
  /** The cost of counting it, in strongly consistent read units. */
  readonly units: number;
};

/** A single row cannot be cut, whatever it costs. */
const isTooLarge = ({ count, units }: Pick<Block, 'count' | 'units'>, { maxRows, maxUnits }: Shape): boolean =>
  count > 1 && (count > maxRows || units > maxUnits);

/**
 * Counts a range, and cuts it if it is too large; usually it is not, and one count suffices.
 *
 * @param known the number of rows at the last count
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
 * Counts a block of few rows, which may be large: first as many as it had, then the others, so that a cut reads no row
 * twice. A block that has not changed takes one count.
 */
async function countApart(index: PageIndex, range: Range, known: number, maxCuts: number): Promise<readonly Block[]> {
  const blocks = await cutAll(index, range, maxCuts, known);
  let [count, units] = [0, 0];
  for (const block of blocks) {
    count += block.count;
    units += block.units;
  }
  return isTooLarge({ count, units }, index.shape) ? blocks : [{ after: range.after, count, units }];
}

async function cutAll(index: PageIndex, range: Range, maxCuts: number, limit: number): Promise<readonly Block[]> {
  const { blocks, rest, limit: next } = await cutBlocks(index, range, maxCuts, limit);
  return rest ? [...blocks, ...(await cutTail(index, rest, next))] : blocks;
}

/**
 * Cuts the first rows of a range into at most `maxBlocks` new blocks: the first of `limit` rows, the others of as many
 * as the rows before them suggest. `rest` is the remaining range, if rows are left to count.
 *
 * Recounts a piece that is too expensive in smaller pieces. This isolates a large row among small ones: while rows are
 * known to be too expensive together, the pieces do not grow.
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
  let suspects = 0; // the next rows, which are too expensive together
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
 * Cuts a range into blocks of which each has twice as many rows as the one before, whatever their cost. They are cut
 * further when they are touched. So a leaf with very many new rows gets few entries, and few rows are counted repeatedly.
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

/** Counts the first `limit` rows of a range, or fewer if these are already too expensive. */
const count = ({ sender, rows, shape: { maxUnits } }: PageIndex, range: Range, limit: number): Promise<Count> =>
  countRows(sender, rows, range, { limit, consistent: true, maxUnits });

const blockOf = (after: string | undefined, { count, units }: Count): Block => ({ after, count, units });

/** Returns how many rows like these make a new block; fewer than there are if these are too many. */
function limitFor({ count, units }: Count, shape: Shape): number {
  const affordable = Math.floor((Math.max(1, count) * shape.units) / Math.max(units, SMALLEST_UNIT));
  return Math.max(1, Math.min(affordable, shape.rows));
}

const SMALLEST_UNIT = 0.5;
