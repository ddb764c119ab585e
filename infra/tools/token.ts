/** `npm run token`: creates, imports, lists and revokes the tokens that callers of the API present. */
import { randomUUID } from 'node:crypto';
import { ConditionalCheckFailedException, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Argument, type Command } from 'commander';
import { required } from '../../lib/config';
import { issueToken, revokeToken, type TokenRecord } from '../../lib/tokens/issue';
import { createToken } from '../../lib/tokens/token';
import { hashToken } from '../../lib/tokens/verify';
import { createProgram, run, runAsProcess, type Terminal } from './cli';
import { print } from './output';
import { printable } from './printable';
import { hideArguments, tokenInArguments } from './secretArguments';
import { show, showThenStore } from './showThenStore';
import { announceWrites, describeTable } from './target';
import { isPlaceholder, parseDuration, parseLabel, readToken } from './tokenInput';
import { type Found, findToken, formatTokens, type Listed, readTokens, toIsoTime, toJsonLine } from './tokenList';
import { createToolClient } from './toolClient';
import { ToolError } from './toolError';

const ABOUT = `Creates, imports, lists and revokes the tokens that callers of the API present.
The table is the one that TOKENS_TABLE names; region and credentials are those of the AWS profile.
With --silent (npm run --silent token -- …) npm does not print its banner into the output.`;

type Json = { readonly json?: true };
type Draft = Json & { readonly label: string; readonly expires?: number };

export function tokenTool(args: readonly string[], terminal: Terminal, openClient = createToolClient): Promise<number> {
  const program = createProgram('token', ABOUT, terminal);
  const { env, stdout, stderr } = terminal;
  const connect = (): [DynamoDBClient, string] => [openClient(), required(env, 'TOKENS_TABLE')];

  withDraftOptions(program.command('create'))
    .description('create a token, print it once, and store its hash')
    .action(async (options: Draft) => {
      const [client, table] = connect();
      await announceWrites(terminal, client, table);
      const record = toRecord(options);
      if (!options.json) await print(stderr, `token ${record.tokenId}, shown this once:\n`);
      await showThenStore(terminal, { client, table }, createToken(), record, options.json);
    });

  withDraftOptions(program.command('add'))
    .description('import a token that was created elsewhere, read from standard input')
    .addArgument(new Argument('[source]', '`-`, standard input; nothing else').argParser(parseSource))
    .action(async (_source: unknown, options: Draft) => {
      const [client, table] = connect();
      const token = await readToken(terminal);
      if (isPlaceholder(token)) throw new ToolError('standard input holds a placeholder: is a variable not set?');
      if (options.label.includes(token)) throw tokenInArguments('the label contains the token, and nothing was stored');
      await announceWrites(terminal, client, table);
      const record = await issueToken(client, table, token, toRecord(options)).catch(async (error) => {
        throw error instanceof ConditionalCheckFailedException ? await storedAlready(client, table, token) : error;
      });
      await print(stdout, options.json ? toJsonLine(show(record)) : `token ${record.tokenId}\n`);
    });

  program
    .command('list')
    .description('show every token: id, label, times, whether it is revoked; the tokens themselves are stored nowhere')
    .option('--json', 'print one JSON object per line')
    .action(async ({ json }: Json) => {
      const found = await readTokens(...connect());
      const tokens = found.map(({ token }) => token);
      await print(stdout, json ? tokens.map(toJsonLine).join('') : formatTokens(tokens));
      for (const one of found) if (one.isInMilliseconds) await print(stderr, describeMilliseconds(one));
    });

  program
    .command('revoke')
    .description('refuse a token from the next request on; its row stays')
    .argument('<tokenId>', 'as `list` shows it; `-` reads the text of the token from standard input')
    .option('--dry-run', 'show what would be revoked')
    .option('--json', 'print one JSON object per token')
    .action(async (tokenId: string, { dryRun, json }: Json & { dryRun?: true }) => {
      const [client, table] = connect();
      const found = await (tokenId === '-'
        ? findByText(client, table, await readToken(terminal))
        : findById(client, table, tokenId));
      if (!dryRun) await announceWrites(terminal, client, table);
      for (const { tokenHash, token } of found) {
        const since = token.revoked || dryRun ? undefined : await revokeNow(client, table, tokenHash);
        const now = since === undefined ? token : { ...token, revoked: true, revokedAt: toIsoTime(since) };
        await print(stdout, json ? toJsonLine(now) : `${describeRevocation(token, dryRun)}\n`);
      }
    });

  return run(hideArguments(program, args), args, terminal);
}

const withDraftOptions = (command: Command): Command =>
  command
    .requiredOption('--label <text>', 'whose token it is, or what for', parseLabel)
    .option('--expires <duration>', 'how long it lives: 15m, 12h or 90d; without, until it is revoked', parseDuration)
    .option('--json', 'print one JSON object; times are ISO 8601');

function toRecord({ label, expires }: Draft): TokenRecord {
  const createdAt = Math.floor(Date.now() / 1000);
  return { tokenId: randomUUID(), label, createdAt, expiresAt: expires && createdAt + expires };
}

function parseSource(text: string): string {
  if (text !== '-') throw tokenInArguments('`add` takes no argument but `-`, and nothing was stored');
  return text;
}

async function storedAlready(client: DynamoDBClient, table: string, token: string): Promise<ToolError> {
  const found = await findToken(client, table, hashToken(token));
  const { tokenId = '?', revoked, revokedAt } = found?.token ?? {};
  const revocation = revoked ? `; it was revoked${revokedAt ? ` at ${revokedAt}` : ''}, and stays so` : '';
  return new ToolError(`this token is stored already, as ${printable(tokenId)}${revocation}`);
}

async function findByText(client: DynamoDBClient, table: string, token: string): Promise<Found[]> {
  const found = await findToken(client, table, hashToken(token));
  if (!found) throw new ToolError(`this token is not in ${await describeTable(client, table)}`);
  return [found];
}

/** Tokens that others have stored may share an id. */
async function findById(client: DynamoDBClient, table: string, tokenId: string): Promise<Found[]> {
  const all = await readTokens(client, table);
  const text = all.find(({ tokenHash }) => tokenHash === hashToken(tokenId));
  if (text) {
    throw tokenInArguments(
      `the argument is the text of token ${printable(text.token.tokenId)}, not its id, and nothing was revoked`,
    );
  }
  const found = all.filter(({ token }) => token.tokenId === tokenId);
  if (found.length === 0) throw new ToolError(`no token in ${await describeTable(client, table)} has this id`);
  return found;
}

async function revokeNow(client: DynamoDBClient, table: string, tokenHash: string): Promise<number> {
  try {
    return await revokeToken(client, table, tokenHash, Date.now() / 1000);
  } catch (error) {
    throw error instanceof ConditionalCheckFailedException ? new ToolError('the token was deleted meanwhile') : error;
  }
}

function describeRevocation({ tokenId, revoked, revokedAt }: Listed, dryRun = false): string {
  const token = `token ${printable(tokenId)}`;
  if (revoked) return `${token} was revoked already${revokedAt ? `, at ${revokedAt}` : ''}`;
  return dryRun ? `${token} would be revoked` : `${token} is revoked`;
}

const describeMilliseconds = ({ token }: Found): string =>
  `warning: token ${printable(token.tokenId)} expires at ${token.expiresAt}: expiresAt holds milliseconds, where the API reads seconds\n`;

if (require.main === module) runAsProcess(tokenTool);
