import { randomUUID } from 'node:crypto';
import { PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { Sender } from '../dynamodb/session';
import { hashToken } from './verify';

/** What is stored of a token beside its hash; times are epoch seconds. */
export type TokenRecord = {
  readonly tokenId: string;
  readonly label: string;
  readonly createdAt: number;
  /** From this second on the token is refused; absent: it never expires. */
  readonly expiresAt: number | undefined;
};

/**
 * Stores a token's hash, and with it what an operator needs to know the token by.
 *
 * @throws ConditionalCheckFailedException if the token is there already: it may have been revoked, and must stay so
 */
export async function issueToken(
  sender: Sender,
  table: string,
  token: string,
  { label, createdAt, expiresAt }: Omit<TokenRecord, 'tokenId'>,
): Promise<TokenRecord> {
  const tokenId = randomUUID();
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
      ConditionExpression: 'attribute_not_exists(tokenHash)',
    }),
  );
  return { tokenId, label, createdAt, expiresAt };
}

/**
 * Marks a token as revoked, from the next request on; its row stays, so that it is known who held it.
 *
 * @throws ConditionalCheckFailedException if there is no such row
 */
export async function revokeToken(sender: Sender, table: string, tokenHash: string): Promise<void> {
  await sender.send(
    new UpdateItemCommand({
      TableName: table,
      Key: { tokenHash: { S: tokenHash } },
      UpdateExpression: 'SET revoked = :true',
      ConditionExpression: 'attribute_exists(tokenHash)',
      ExpressionAttributeValues: { ':true': { BOOL: true } },
    }),
  );
}
