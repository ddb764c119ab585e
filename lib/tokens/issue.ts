/** Stores and revokes tokens. The SDK sends a write again if its answer was lost, so each may meet its own result. */
import { randomUUID } from 'node:crypto';
import { PutItemCommand, UpdateItemCommand, type UpdateItemCommandOutput } from '@aws-sdk/client-dynamodb';
import type { Sender } from '../dynamodb/session';
import { hashToken } from './verify';

/** What is stored of a token besides its hash; times are epoch seconds. */
export type TokenRecord = {
  readonly tokenId: string;
  readonly label: string;
  readonly createdAt: number;
  /** From this second on the token is refused; absent: it never expires. */
  readonly expiresAt: number | undefined;
};

/**
 * Stores a token's hash, and what an operator needs to recognise the token. The new `tokenId` marks the row as this
 * call's own: finding that row already there means that an earlier attempt has written it.
 *
 * @param draft gets a random `tokenId` if it has none
 * @throws ConditionalCheckFailedException if the token is already stored: it may have been revoked, and stays so
 */
export async function issueToken(
  sender: Sender,
  table: string,
  token: string,
  draft: Omit<TokenRecord, 'tokenId'> & { readonly tokenId?: string },
): Promise<TokenRecord> {
  const { tokenId = randomUUID(), label, createdAt, expiresAt } = draft;
  await sender.send(
    new PutItemCommand({
      TableName: table,
      Item: {
        tokenHash: { S: hashToken(token) },
        tokenId: { S: tokenId },
        label: { S: label },
        createdAt: { N: String(createdAt) },
        ...(expiresAt === undefined ? {} : { expiresAt: { N: String(expiresAt) } }),
      },
      ConditionExpression: 'attribute_not_exists(tokenHash) OR (tokenId = :own AND attribute_not_exists(revoked))',
      ExpressionAttributeValues: { ':own': { S: tokenId } },
    }),
  );
  return { tokenId, label, createdAt, expiresAt };
}

/**
 * Revokes a token from the next request on. The row stays, to show who held the token and since when it is revoked:
 * the time of the first revocation stays too.
 *
 * @param nowSeconds epoch seconds
 * @returns the time of the first revocation, in epoch seconds
 * @throws ConditionalCheckFailedException if there is no such row
 */
export async function revokeToken(
  sender: Sender,
  table: string,
  tokenHash: string,
  nowSeconds: number,
): Promise<number> {
  const { Attributes }: UpdateItemCommandOutput = await sender.send(
    new UpdateItemCommand({
      TableName: table,
      Key: { tokenHash: { S: tokenHash } },
      UpdateExpression: 'SET revoked = :true, revokedAt = if_not_exists(revokedAt, :now)',
      ConditionExpression: 'attribute_exists(tokenHash)',
      ExpressionAttributeValues: { ':true': { BOOL: true }, ':now': { N: String(Math.floor(nowSeconds)) } },
      ReturnValues: 'UPDATED_NEW',
    }),
  );
  return Number(Attributes?.revokedAt?.N);
}
