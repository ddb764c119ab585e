import { GetItemCommand, type GetItemCommandOutput, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { entryBehind, ROOT, totalOf } from '../node';
import { type PageIndex, readNode } from '../store';
import { recount } from './recount';
import { BEHIND_ALL, lastKeys, leafBehind } from './walk';

/** Where the last audit ended, kept beside the nodes. */
export const AUDIT_CURSOR = 'audit';

/**
 * Counts the next blocks anew, from where the last audit ended, and round again: whatever the stream has lost, or
 * somebody restored, is right after one round.
 *
 * @returns how many blocks were counted, and whether the end was reached
 */
export async function auditNext(
  index: PageIndex,
  maxBlocks: number,
): Promise<{ blocks: number; isRoundComplete: boolean }> {
  let cursor = await readCursor(index);
  let blocks = 0;
  while (blocks < maxBlocks) {
    const leaf = await leafBehind(index, cursor);
    if (!leaf) return { blocks, isRoundComplete: true };
    const first = entryBehind(leaf.entries, cursor);
    const keys = lastKeys(leaf).slice(first, first + maxBlocks - blocks);
    const [failure] = (await recount(index, keys)).values();
    if (failure !== undefined) throw failure;
    const end = keys.at(-1);
    cursor = end === BEHIND_ALL ? undefined : end;
    await writeCursor(index, cursor);
    blocks += keys.length;
    if (cursor === undefined) return { blocks, isRoundComplete: true };
  }
  return { blocks, isRoundComplete: false };
}

/** How many rows the index counts at the moment; undefined if there is no index, or it is not complete. */
export async function readCount(index: PageIndex): Promise<number | undefined> {
  const root = await readNode(index, ROOT, { consistent: true });
  return root && totalOf(root.entries);
}

async function readCursor({ sender, table }: PageIndex): Promise<string | undefined> {
  const key = { node: { S: AUDIT_CURSOR } };
  const output: GetItemCommandOutput = await sender.send(new GetItemCommand({ TableName: table, Key: key }));
  return output.Item?.after?.N;
}

async function writeCursor({ sender, table }: PageIndex, after: string | undefined): Promise<void> {
  const item = { node: { S: AUDIT_CURSOR }, ...(after === undefined ? {} : { after: { N: after } }) };
  await sender.send(new PutItemCommand({ TableName: table, Item: item }));
}
