import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { IndexedRows, indexFor } from '../../../test/pageIndex/smallIndex';
import { DamagedIndexError } from '../format';
import { type Node, ROOT } from '../node';
import { createRoot, deleteNode, type PageIndex, readNode } from '../store';
import { inspectChild } from './repair';

const readRoot = async (index: PageIndex) => (await readNode(index, ROOT, { consistent: true })) as Node;

/** An index with a parent below the root, whose first child is absent. */
async function withoutChild() {
  const rows = await IndexedRows.create(150);
  const parent = (await inspectChild(rows.index, await readRoot(rows.index), 0)) as Node;
  await deleteNode(rows.index, parent.entries[0]?.child ?? '');
  return { rows, parent };
}

describe('an absent child', () => {
  it('is damage if the parent still names it', async () => {
    const { rows, parent } = await withoutChild();
    await expect(inspectChild(rows.index, parent, 0)).resolves.toBeInstanceOf(DamagedIndexError);
  });

  it.each<[string, (index: PageIndex) => Promise<unknown>]>([
    ['another tree has replaced the parent’s', createRoot],
    ['the root is absent', (index) => deleteNode(index, ROOT)],
  ])('is no damage if %s', async (_what, replaceTree) => {
    const { rows, parent } = await withoutChild();
    await replaceTree(rows.index);
    await expect(inspectChild(rows.index, parent, 0)).resolves.toBeUndefined();
  });

  it('is judged by strongly consistent reads', async () => {
    const { rows, parent } = await withoutChild();
    const consistency: unknown[] = [];
    const sender = rows.dynamo.connect(async (command, execute) => {
      if (command instanceof GetItemCommand) consistency.push(command.input.ConsistentRead);
      return execute();
    });
    await inspectChild(indexFor(sender), parent, 0);
    expect(consistency).toEqual([true, true, true]); // the child, its parent, the root
  });
});
