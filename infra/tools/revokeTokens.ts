import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { revokeToken } from '../../lib/tokens/issue';
import { hashToken } from '../../lib/tokens/verify';
import type { Terminal } from './cli';
import { printable } from './printable';
import { tokenInArguments } from './secretArguments';
import { announceWrites, describeTable } from './target';
import { type Found, findToken, type Listed, readTokens, type TokensTable, toIsoTime } from './tokenList';
import { ToolError } from './toolError';

type Revoked = { readonly now: Listed; readonly outcome: string };

/**
 * Revokes the tokens with an id, or the token with a text. Already revoked ones remain unchanged.
 *
 * @throws ToolError if none exists, or if the id is the text of a token
 */
export async function revokeTokens(
  terminal: Terminal,
  tokens: TokensTable,
  which: { readonly tokenId: string } | { readonly text: string },
  dryRun = false,
): Promise<Revoked[]> {
  const found = 'text' in which ? await findByText(tokens, which.text) : await findById(tokens, which.tokenId);
  const isPending = ({ token }: Found) => !token.revoked && !dryRun;
  if (found.some(isPending)) await announceWrites(terminal, tokens.client, tokens.table);
  const revoked: Revoked[] = [];
  for (const one of found) {
    const { token } = one;
    const now = isPending(one) ? { ...token, revoked: true, revokedAt: await revokeNow(tokens, one.tokenHash) } : token;
    revoked.push({ now, outcome: describeOutcome(token, dryRun) });
  }
  return revoked;
}

async function findByText(tokens: TokensTable, text: string): Promise<Found[]> {
  const found = await findToken(tokens, hashToken(text));
  if (!found) throw new ToolError(`this token is not in ${await describeTable(tokens.client, tokens.table)}`);
  return [found];
}

/** Finds all tokens with an id: those that other systems stored may share one. */
async function findById(tokens: TokensTable, tokenId: string): Promise<Found[]> {
  const all = await readTokens(tokens);
  const itself = all.find(({ tokenHash }) => tokenHash === hashToken(tokenId));
  if (itself) {
    const id = printable(itself.token.tokenId);
    throw tokenInArguments(`the argument is the text of token ${id}, not its id, and nothing was revoked`);
  }
  const found = all.filter(({ token }) => token.tokenId === tokenId);
  if (found.length > 0) return found;
  throw new ToolError(`no token in ${await describeTable(tokens.client, tokens.table)} has this id`);
}

async function revokeNow({ client, table }: TokensTable, tokenHash: string): Promise<string | undefined> {
  try {
    return toIsoTime(await revokeToken(client, table, tokenHash, Date.now() / 1000));
  } catch (error) {
    throw error instanceof ConditionalCheckFailedException ? new ToolError('the token was deleted meanwhile') : error;
  }
}

function describeOutcome({ tokenId, revoked, revokedAt }: Listed, dryRun: boolean): string {
  const token = `token ${printable(tokenId)}`;
  if (revoked) return `${token} was revoked already${revokedAt ? `, at ${revokedAt}` : ''}`;
  return dryRun ? `${token} would be revoked` : `${token} is revoked`;
}
