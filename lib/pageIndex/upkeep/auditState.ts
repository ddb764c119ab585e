import { GetItemCommand, type GetItemCommandOutput, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { PageIndex } from '../store';

/** The item, among the nodes, in which audits keep their state. */
export const AUDIT_STATE = 'audit';

type AuditState = {
  /** The key up to which the last audit has counted; undefined: the next one begins with the first row. */
  readonly after: string | undefined;
  /** The generation of the tree for which the nodes of former trees were deleted. */
  readonly swept: string;
};

/** Reads the state. What is absent or unusable is undefined. */
export async function readAuditState({
  sender,
  table,
}: PageIndex): Promise<{ after: string | undefined; swept: string | undefined }> {
  const key = { node: { S: AUDIT_STATE } };
  const { Item }: GetItemCommandOutput = await sender.send(new GetItemCommand({ TableName: table, Key: key }));
  return { after: Item?.after?.N, swept: Item?.swept?.S };
}

export async function writeAuditState({ sender, table }: PageIndex, { after, swept }: AuditState): Promise<void> {
  const item = {
    node: { S: AUDIT_STATE },
    ...(after === undefined ? {} : { after: { N: after } }),
    swept: { S: swept },
  };
  await sender.send(new PutItemCommand({ TableName: table, Item: item }));
}
