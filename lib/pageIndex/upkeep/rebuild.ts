import { ScanCommand, type ScanCommandOutput } from '@aws-sdk/client-dynamodb';
import { countRows } from '../../dynamodb/partition';
import { UnavailableError } from '../../errors';
import { ROOT, totalOf } from '../node';
import { createRoot, deleteNode, type PageIndex, readNode } from '../store';
import { AUDIT_CURSOR } from './audit';
import { countFirstUncounted } from './count';
import { settle } from './settle';
import { firstUncounted, lastKey } from './walk';

const BLOCKS_PER_STEP = 32; // some 0.2 s, so that a writer rarely overtakes a step

/**
 * Builds the index anew, for a table with any number of rows, while others write to it and the stream is maintained.
 * Readers do without until it is done. Nothing else counts what was never counted, so that an index can be used only
 * once this has run to its end.
 *
 * Yields the number of rows counted so far.
 */
export async function* rebuild(index: PageIndex): AsyncGenerator<number, void> {
  await countRows(index.sender, index.rows, {}, { limit: 1 }); // what cannot be read must not cost the index that there is
  // Stryker disable next-line ObjectLiteral: what is left out is undefined as well
  const { generation } = await createRoot(index, [{ after: undefined, count: undefined }]);
  for (let next = await firstUncounted(index); next; next = await firstUncounted(index)) {
    yield next.rank;
    const { leaf } = next;
    const uncounted = leaf.entries.findIndex(({ count }) => count === undefined);
    const key = lastKey(leaf, Math.max(0, uncounted));
    let maxBlocks = BLOCKS_PER_STEP;
    const failed = await settle(index, [key], async (current) => {
      const entries = await countFirstUncounted(index, current, maxBlocks);
      maxBlocks = Math.max(1, Math.floor(maxBlocks / 2)); // if a writer overtakes it, the step is tried again, smaller
      return { entries, failed: new Map() };
    });
    for (const failure of failed.values()) throw failure;
  }
  await sweep(index, generation);
  const root = await readNode(index, ROOT, { consistent: true });
  yield (root && totalOf(root.entries)) ?? 0;
}

/**
 * Deletes the nodes of former trees, and what processes that were cut off have left of them. Nodes that were there while
 * the root was still ours are of no later tree; if it is not, somebody builds one, and will sweep.
 */
async function sweep(index: PageIndex, generation: string): Promise<void> {
  let key: ScanCommandOutput['LastEvaluatedKey'];
  do {
    const output: ScanCommandOutput = await index.sender.send(
      new ScanCommand({
        TableName: index.table,
        ProjectionExpression: '#node, generation',
        ExpressionAttributeNames: { '#node': 'node' },
        ExclusiveStartKey: key,
      }),
    );
    if (!output.Items) throw new UnavailableError('DynamoDB answered a scan without items');
    const root = await readNode(index, ROOT, { consistent: true });
    if (root?.generation !== generation) return;
    for (const { node, generation: own } of output.Items) {
      const isOurs = own?.S === generation || node?.S === ROOT || node?.S === AUDIT_CURSOR;
      if (node?.S !== undefined && !isOurs) await deleteNode(index, node.S);
    }
    key = output.LastEvaluatedKey;
  } while (key);
}
