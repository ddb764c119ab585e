import { createHash } from 'node:crypto';
import { type AttributeValue, GetItemCommand, type GetItemCommandOutput } from '@aws-sdk/client-dynamodb';
import { isDecimal } from '../dynamodb/decimal';
import type { Sender } from '../dynamodb/session';
import { UnavailableError } from '../errors';
import type { Log } from '../log';
import { invalidToken } from './credential';

/** The attributes of a live token; the token itself is stored nowhere. */
export type TokenHolder = { readonly tokenId: string | undefined };

/** Returns the token table's key: the lower-case hex SHA-256 of the token's UTF-8 bytes. */
export const hashToken = (token: string): string => createHash('sha256').update(token).digest('hex');

/**
 * Looks up a token by its hash with one strongly consistent read, so that a revocation takes effect immediately.
 *
 * @throws RefusedError invalid-token if it is unknown, expired, revoked, or its row malformed
 * @throws UnavailableError for a response that is not conclusive
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
    // A missing row means an unknown token only if the response is DynamoDB's, which always reports consumed capacity.
    if (output.ConsumedCapacity === undefined) throw new UnavailableError('DynamoDB returned an incomplete response');
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

/** Inclusive, as `exp` in RFC 7519 §4.1.4. Checked here, because DynamoDB deletes expired rows days late. */
const isExpired = (expiresAt: string | undefined, nowSeconds: number): boolean =>
  nowSeconds >= Number(expiresAt ?? 'Infinity');
