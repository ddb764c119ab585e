import assert from 'node:assert/strict';
import { type Node, ROOT, throughOf, totalOf } from '../../lib/pageIndex/node';
import { type PageIndex, readNode } from '../../lib/pageIndex/store';
import { compareKeys, type Keys } from '../keys';

/**
 * Asserts that every block's count and every sum is exact, that the blocks are all rows, each once, and that every node
 * is there, of one generation, and keeps to its part. Also, where it `isTidy`, that nodes are as large as they should be.
 */
export async function assertTree(index: PageIndex, keys: Keys, { isTidy }: { isTidy: boolean }): Promise<void> {
  const root = await readNode(index, ROOT, { consistent: true });
  assert(root, 'there is no root');
  assert.equal(root.through, undefined);
  assert.equal(root.entries[0]?.after, undefined);
  await visit(root, undefined);

  async function visit(node: Node, parent: Node | undefined): Promise<void> {
    assert.equal(node.generation, root?.generation, 'a node of another tree');
    if (isTidy) assertTidy(index, node, parent);
    for (const [i, { after, count, child: name }] of node.entries.entries()) {
      const through = throughOf(node, i);
      assert(after === undefined || through === undefined || compareKeys(after, through) < 0, 'entries out of order');
      const rows =
        (through === undefined ? keys.size : keys.upTo(through)) - (after === undefined ? 0 : keys.upTo(after));
      assert.equal(count, rows, `level ${node.level}: the count behind ${after}`);
      if (node.level === 0) continue;
      const child = await readNode(index, name ?? '', { consistent: true });
      assert(child, 'a child does not exist');
      assert.equal(child.level, node.level - 1);
      assert.deepEqual([child.entries[0]?.after, child.through], [after, through], 'a child keeps to another part');
      assert.equal(totalOf(child.entries), count);
      await visit(child, node);
    }
  }
}

function assertTidy({ shape }: PageIndex, node: Node, parent: Node | undefined): void {
  const size = node.entries.length;
  assert(!node.isFrozen, 'a node was left frozen');
  assert(size <= shape.maxEntries, `a node of ${size} entries`);
  assert(!parent || parent.entries.length === 1 || size >= shape.minEntries, `a node of only ${size} entries`);
  if (node.level > 0) return;
  for (const [i, { count = 0 }] of node.entries.entries()) {
    const next = node.entries[i + 1]?.count ?? Number.POSITIVE_INFINITY;
    assert(count <= shape.maxRows, `a block of ${count} rows`);
    assert(Math.min(count, next) >= shape.minRows || count + next > shape.maxRows, 'small blocks side by side');
  }
}
