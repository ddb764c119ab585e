import { GetItemCommand, type GetItemCommandOutput, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { Sender } from '../../dynamodb/session';
import { entryBehind, ROOT, totalOf } from '../node';
import { type PageIndex, readNode } from '../store';
import { recount } from './recount';
import { BEHIND_ALL, lastKeys, leafBehind } from './walk';

/** Where the last audit ended, kept beside the nodes. */
export const AUDIT_CURSOR = 'audit';

/** What an audit has done. */
export type Audited = { readonly blocks: number; readonly readUnits: number; readonly isRoundComplete: boolean };

/**
 * Counts the next blocks again, from where the last audit ended, and round again: whatever the stream has lost, or
 * somebody restored, is right after one round, and blocks that overwrites have made dear are cut.
 *
 * Ends with the slice of blocks by which it has spent `maxUnits` read units, or with the round.
 */
export async function auditNext(index: PageIndex, maxUnits: number): Promise<Audited> {
  const meter = metered(index.sender);
  const audited = { ...index, sender: meter.sender };
  let cursor = await readCursor(audited);
  let blocks = 0;
  const report = (isRoundComplete: boolean) => ({ blocks, readUnits: meter.units(), isRoundComplete });
  do {
    const leaf = await leafBehind(audited, cursor);
    if (!leaf) return report(true);
    // The last block of the slice before is counted once more: small blocks join only if they are counted together.
    const first = Math.max(0, entryBehind(leaf.entries, cursor) - 1);
    const keys = lastKeys(leaf).slice(first, first + 1 + sliceFor(maxUnits - meter.units(), blocks, meter.units()));
    const [failure] = (await recount(audited, keys)).values();
    if (failure !== undefined) throw failure;
    const end = keys.at(-1);
    cursor = end === BEHIND_ALL ? undefined : end;
    await writeCursor(audited, cursor);
    blocks += keys.length;
    if (cursor === undefined) return report(true);
  } while (meter.units() < maxUnits);
  return report(false);
}

const FIRST_SLICE = 8; // blocks; those of a table that nobody audits may cost a thousand read units each

/** How many blocks the rest of the budget pays for, if they cost as much as those before. */
const sliceFor = (unitsLeft: number, blocks: number, units: number): number =>
  Math.max(1, blocks === 0 ? Math.min(FIRST_SLICE, unitsLeft) : Math.floor((unitsLeft * blocks) / units));

/** A sender that adds up what its reads cost. */
function metered(sender: Sender): { sender: Sender; units: () => number } {
  let units = 0;
  const send = async (command: Parameters<Sender['send']>[0]): Promise<unknown> => {
    const output: unknown = await sender.send(command);
    units += (output as { ConsumedCapacity?: { CapacityUnits?: number } }).ConsumedCapacity?.CapacityUnits ?? 0;
    return output;
  };
  return { sender: { send: send as Sender['send'] }, units: () => units };
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
