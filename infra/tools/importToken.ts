import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { issueToken, type TokenRecord } from '../../lib/tokens/issue';
import { hashToken } from '../../lib/tokens/verify';
import type { Terminal } from './cli';
import { printable } from './printable';
import { tokenInArguments } from './secretArguments';
import { announceWrites } from './target';
import { isPlaceholder } from './tokenInput';
import { findToken, type ShownRecord, showRecord, type TokensTable } from './tokenList';
import { ToolError } from './toolError';

/**
 * Stores a token that was created elsewhere.
 *
 * @throws ToolError with its id if it is already stored, or if it is a placeholder or part of the label
 */
export async function importToken(
  terminal: Terminal,
  tokens: TokensTable,
  token: string,
  record: TokenRecord,
): Promise<ShownRecord> {
  if (isPlaceholder(token)) throw new ToolError('standard input holds a placeholder: is a variable not set?');
  if (record.label.includes(token)) throw tokenInArguments('the label contains the token, and nothing was stored');
  await announceWrites(terminal, tokens.client, tokens.table);
  try {
    return showRecord(await issueToken(tokens.client, tokens.table, token, record));
  } catch (error) {
    throw error instanceof ConditionalCheckFailedException ? await storedAlready(tokens, token) : error;
  }
}

async function storedAlready(tokens: TokensTable, token: string): Promise<ToolError> {
  const found = await findToken(tokens, hashToken(token));
  if (!found) return new ToolError('this token was stored already, and has been deleted since: try again');
  const { tokenId, revoked, revokedAt } = found.token;
  const revocation = revoked ? `; it was revoked${revokedAt ? ` at ${revokedAt}` : ''}, and stays so` : '';
  return new ToolError(`this token is stored already, as ${printable(tokenId)}${revocation}`);
}
