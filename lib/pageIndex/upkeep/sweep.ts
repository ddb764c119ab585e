import { ScanCommand, type ScanCommandOutput } from '@aws-sdk/client-dynamodb';
import { UnavailableError } from '../../errors';
import { ROOT } from '../node';
import { deleteNode, type PageIndex } from '../store';
import { AUDIT_STATE } from './auditState';
import { isOfFormerTree } from './repair';

/**
 * Deletes the nodes of former trees, including those that crashed processes have left. Ends early if the root is of
 * another tree by then, since its nodes must stay; nodes that were read while the root was still ours belong to no later
 * tree.
 */
export async function sweep(index: PageIndex, generation: string): Promise<void> {
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
    if (!output.Items) throw new UnavailableError('a scan without items');
    if (await isOfFormerTree(index, { generation })) return;
    for (const { node, generation: own } of output.Items) {
      const isOurs = own?.S === generation || node?.S === ROOT || node?.S === AUDIT_STATE;
      if (node?.S !== undefined && !isOurs) await deleteNode(index, node.S);
    }
    key = output.LastEvaluatedKey;
  } while (key);
}
