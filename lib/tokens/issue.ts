/** Stores and revokes tokens. Both are idempotent, since the SDK retries a write whose response was lost. */
import { randomUUID } from 'node:crypto';
import { PutItemCommand, UpdateItemCommand, type UpdateItemCommandOutput } from '@aws-sdk/client-dynamodb';
import type { Sender } from '../dynamodb/session';
import { hashToken } from './verify';

/** The attributes of a token besides its hash; times in epoch seconds. */
export type TokenRecord = {
  readonly tokenId: string;
  readonly label: string;
  readonly createdAt: number;
  /** The token is refused from this second; undefined: never. */
  readonly expiresAt: number | undefined;
};

/**
 * Stores a token's hash with attributes that identify it to an operator. The new `tokenId` marks the row as this call's
 * own, so that a retry recognises the row of an earlier attempt.
 *
 * @param draft receives a random `tokenId` if it has none
 * @throws ConditionalCheckFailedException if the token is already stored, revoked or not
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
 * Revokes a token from the next request on. Keeps the row, with the time of the first revocation, as a record.
 *
 * @param nowSeconds epoch seconds
 * @returns the time of the first revocation, in epoch seconds
 * @throws ConditionalCheckFailedException if the row does not exist
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
