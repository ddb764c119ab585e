import assert from 'node:assert/strict';
import { type Node, ROOT, throughOf, totalOf } from '../../lib/pageIndex/node';
import { type PageIndex, readNode } from '../../lib/pageIndex/store';
import { compareKeys, type Keys } from '../keys';

type Expected = {
  /** Whether all nodes have a proper size, and no neighbouring blocks should be one. */
  readonly isTidy: boolean;
  /** Whether no block is too large; default: `isTidy`. */
  readonly isCut?: boolean;
  /** Returns the cost of counting the rows with these keys; by default they are small. */
  readonly unitsOf?: (keys: readonly string[]) => number;
};

/**
 * Asserts that every count and every sum is exact, that the blocks cover all rows, each once, and that every node exists,
 * is of one generation, and matches its parent's entry.
 */
export async function assertTree(
  index: PageIndex,
  keys: Keys,
  { isTidy, isCut = isTidy, unitsOf = () => 1 }: Expected,
): Promise<void> {
  const root = await readNode(index, ROOT, { consistent: true });
  assert(root, 'the root is absent');
  assert.equal(root.through, undefined);
  assert.equal(root.entries[0]?.after, undefined);
  await visit(root, undefined);

  async function visit(node: Node, parent: Node | undefined): Promise<void> {
    assert.equal(node.generation, root?.generation, 'a node of another tree');
    if (isTidy) assertTidy(index, node, parent);
    const blocks: Block[] = [];
    for (const [i, { after, count, child: name }] of node.entries.entries()) {
      const through = throughOf(node, i);
      assert(after === undefined || through === undefined || compareKeys(after, through) < 0, 'entries out of order');
      const rows =
        (through === undefined ? keys.size : keys.upTo(through)) - (after === undefined ? 0 : keys.upTo(after));
      assert.equal(count, rows, `level ${node.level}: the count after ${after}`);
      if (node.level === 0) {
        blocks.push({ count: rows, units: unitsOf(keysWithin(keys, after, through)) });
        continue;
      }
      const child = await readNode(index, name ?? '', { consistent: true });
      assert(child, 'a child does not exist');
      assert.equal(child.level, node.level - 1);
      assert(isSame(child.entries[0]?.after, after) && isSame(child.through, through), 'a child of another range');
      assert.equal(totalOf(child.entries), count);
      await visit(child, node);
    }
    if (isCut) assertCut(index, blocks);
    if (isTidy) assertJoined(index, blocks);
  }
}

const isSame = (a: string | undefined, b: string | undefined): boolean =>
  a === b || (a !== undefined && b !== undefined && compareKeys(a, b) === 0);

type Block = { readonly count: number; readonly units: number };

function keysWithin(keys: Keys, after: string | undefined, through: string | undefined): string[] {
  const [from, to] = [
    after === undefined ? 0 : keys.upTo(after),
    through === undefined ? keys.size : keys.upTo(through),
  ];
  return Array.from({ length: to - from }, (_, i) => keys.at(from + i));
}

function assertCut({ shape }: PageIndex, blocks: readonly Block[]): void {
  for (const { count, units } of blocks) {
    assert(count <= shape.maxRows, `a block of ${count} rows`);
    assert(count === 1 || units <= shape.maxUnits, `a block of ${count} rows costs ${units} units`);
  }
}

function assertJoined({ shape }: PageIndex, blocks: readonly Block[]): void {
  const isSmall = ({ count, units }: Block) => count < shape.minRows && units < shape.minUnits;
  for (const [i, b] of blocks.entries()) {
    const a = blocks[i - 1];
    if (!a || a.count + b.count > shape.maxRows) continue;
    assert(a.count > 0 && b.count > 0, 'an empty block');
    const isEitherSmall = isSmall(a) || isSmall(b);
    assert(!isEitherSmall || a.units + b.units > shape.maxUnits, 'small blocks side by side');
  }
}

function assertTidy({ shape }: PageIndex, node: Node, parent: Node | undefined): void {
  const size = node.entries.length;
  const [min, max] = node.level === 0 ? [shape.minEntries, shape.maxEntries] : [shape.minChildren, shape.maxChildren];
  assert(!node.isFrozen, 'a node was left frozen');
  assert(size <= max, `a node of ${size} entries`);
  assert(!parent || parent.entries.length === 1 || size >= min, `a node of only ${size} entries`);
}
