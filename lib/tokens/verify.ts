import { createHash } from 'node:crypto';
import { type AttributeValue, GetItemCommand, type GetItemCommandOutput } from '@aws-sdk/client-dynamodb';
import { isDecimal } from '../dynamodb/decimal';
import type { Sender } from '../dynamodb/session';
import { UnavailableError } from '../errors';
import type { Log } from '../log';
import { invalidToken } from './credential';

/** What is known of a live token; the token itself is kept nowhere. */
export type TokenHolder = { readonly tokenId: string | undefined };

/** Lower-case hex SHA-256 of the token's UTF-8 bytes: the token table's key. */
export const hashToken = (token: string): string => createHash('sha256').update(token).digest('hex');

/**
 * Looks a token up by its hash: one strongly consistent read, so that a revocation holds from the next request on.
 *
 * @throws RefusedError invalid-token if it is unknown, expired, revoked, or its row malformed
 * @throws UnavailableError for an answer that does not tell
 */
export async function verifyToken(
  tokenHash: string,
  { sender, table, nowSeconds, log }: { sender: Sender; table: string; nowSeconds: number; log: Pick<Log, 'warn'> },
): Promise<TokenHolder> {
  const output: GetItemCommandOutput = await sender.send(
    new GetItemCommand({
      TableName: table,
      Key: { tokenHash: { S: tokenHash } },
      ConsistentRead: true,
      ReturnConsumedCapacity: 'TOTAL',
    }),
  );
  const row = output.Item;
  if (row === undefined) {
    // An unknown token is an answer without a row, and so is a garbled one: but DynamoDB always tells what a read cost.
    if (output.ConsumedCapacity === undefined) throw new UnavailableError('DynamoDB did not answer what was asked');
    throw invalidToken({ reason: 'unknown' });
  }
  if (row?.tokenHash?.S !== tokenHash) throw new UnavailableError('DynamoDB answered with another token');
  const tokenId = row.tokenId?.S;
  const malformed = malformedAttributes(row);
  if (malformed.length > 0) {
    log.warn('a token row is malformed and was refused', { tokenId, malformed });
    throw invalidToken({ reason: 'malformed row', tokenId });
  }
  if (row.revoked?.BOOL) throw invalidToken({ reason: 'revoked', tokenId });
  if (isExpired(row.expiresAt?.N, nowSeconds)) throw invalidToken({ reason: 'expired', tokenId });
  return { tokenId };
}

function malformedAttributes({ expiresAt, revoked, tokenId, label }: Record<string, AttributeValue>): string[] {
  const isWellFormed = {
    expiresAt: !expiresAt || isDecimal(expiresAt.N),
    revoked: !revoked || revoked.BOOL !== undefined,
    tokenId: !tokenId || tokenId.S !== undefined,
    label: !label || label.S !== undefined,
  };
  return Object.entries(isWellFormed).flatMap(([name, is]) => (is ? [] : name));
}

/** Inclusive, as `exp` is in RFC 7519 §4.1.4. Judged here, because DynamoDB deletes an expired row days late. */
const isExpired = (expiresAt: string | undefined, nowSeconds: number): boolean =>
  nowSeconds >= Number(expiresAt ?? 'Infinity');
