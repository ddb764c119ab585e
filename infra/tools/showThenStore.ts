/** Shows a token before it becomes valid. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { toOutage } from '../../lib/dynamodb/outage';
import type { Sender } from '../../lib/dynamodb/session';
import { UnavailableError } from '../../lib/errors';
import { issueToken, revokeToken, type TokenRecord } from '../../lib/tokens/issue';
import { hashToken } from '../../lib/tokens/verify';
import type { Terminal } from './cli';
import { endedEarly } from './errorText';
import { print } from './output';
import { toJsonLine } from './printable';
import { showRecord, type TokensTable } from './tokenList';
import { ToolError } from './toolError';

/**
 * Prints a token to stdout, and stores it before the line is complete: a token that cannot be printed is not stored, and
 * a reader of lines, or of JSON, gets only stored tokens. If the end of the line cannot be printed, the reader has gone,
 * and the token is revoked.
 *
 * @throws ToolError that says whether the token is valid
 */
export async function showThenStore(
  { stdout, stderr, interruption }: Terminal,
  { client, table }: TokensTable,
  token: string,
  record: TokenRecord,
  json = false,
): Promise<void> {
  const line = json ? toJsonLine({ token, ...showRecord(record) }) : `${token}\n`;
  const end = json ? '}\n' : '\n';
  const signal = interruption.handle();
  await print(stdout, line.slice(0, -end.length)).catch((error: Error) => {
    throw new ToolError(`the token could not be shown, and was not stored: ${error.message}`);
  });
  try {
    await Promise.race([issueToken(untilAborted(client, signal), table, token, record), rejectionOf(signal)]);
  } catch (error) {
    if (stdout.isTTY) await print(stderr, '\n').catch(() => {});
    const isUnknown = signal.aborted || toOutage(error) instanceof UnavailableError;
    throw await endedEarly(
      signal.aborted ? signal.reason : error,
      isUnknown
        ? `the token may have been stored: \`npm run token -- revoke ${record.tokenId}\` makes sure that it is invalid`
        : 'the token was not stored and is invalid',
    );
  }
  try {
    await print(stdout, end);
  } catch {
    await revokeToken(client, table, hashToken(token), Date.now() / 1000).catch(async (error) => {
      throw await endedEarly(error, `the token could not be shown to its end: revoke ${record.tokenId}`);
    });
    throw new ToolError(`the token could not be shown to its end: ${record.tokenId} is revoked`);
  }
}

/** Stops attempts after the abort. */
const untilAborted = (client: DynamoDBClient, abortSignal: AbortSignal): Sender => ({
  send: ((command: Parameters<Sender['send']>[0]) => client.send(command, { abortSignal })) as Sender['send'],
});

/** Rejects at once, even between two attempts. */
const rejectionOf = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason));
  });
