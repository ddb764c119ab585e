/** `npm run token`: creates, imports, lists and revokes the tokens that callers of the API present. */
import { randomUUID } from 'node:crypto';
import { Argument, type Command } from 'commander';
import { required } from '../../lib/config';
import type { TokenRecord } from '../../lib/tokens/issue';
import { createToken } from '../../lib/tokens/token';
import { createProgram, run, runAsProcess, type Terminal } from './cli';
import { importToken } from './importToken';
import { print } from './output';
import { toJsonLine } from './printable';
import { revokeTokens } from './revokeTokens';
import { hideArguments, tokenInArguments } from './secretArguments';
import { showThenStore } from './showThenStore';
import { announceWrites } from './target';
import { parseDuration, parseLabel, readToken } from './tokenInput';
import { describeMilliseconds, formatTokens, readTokens } from './tokenList';
import { createToolClient } from './toolClient';

const ABOUT = `Creates, imports, lists and revokes the tokens that callers of the API present.
The environment variable TOKENS_TABLE names the table; region and credentials are those of the AWS CLI.
With --silent (npm run --silent token -- …) the output does not begin with npm's banner.`;

type Json = { readonly json?: true };
type Draft = Json & { readonly label: string; readonly expires?: number };
type Revocation = Json & { readonly dryRun?: true };

export function tokenTool(args: readonly string[], terminal: Terminal, openClient = createToolClient): Promise<number> {
  const program = createProgram('token', ABOUT, terminal);
  const { env, stdout, stderr } = terminal;
  const connect = () => ({ client: openClient(), table: required(env, 'TOKENS_TABLE') });

  withDraftOptions(program.command('create'))
    .description('create a token, print it once, and store its hash')
    .action(async (options: Draft) => {
      const tokens = connect();
      await announceWrites(terminal, tokens.client, tokens.table);
      const record = toRecord(options);
      if (!options.json) await print(stderr, `token ${record.tokenId}, shown only once:\n`);
      await showThenStore(terminal, tokens, createToken(), record, options.json);
    });

  withDraftOptions(program.command('add'))
    .description('import a token that was created elsewhere, read from standard input')
    .addArgument(new Argument('[source]', 'only `-`, for standard input').argParser(parseSource))
    .action(async (_source: unknown, options: Draft) => {
      const tokens = connect();
      const record = await importToken(terminal, tokens, await readToken(terminal), toRecord(options));
      await print(stdout, options.json ? toJsonLine(record) : `token ${record.tokenId}\n`);
    });

  program
    .command('list')
    .description('show each token: id, label, times, whether it is revoked; the text of tokens is not stored')
    .option('--json', 'print one JSON object per line')
    .action(async ({ json }: Json) => {
      const found = await readTokens(connect());
      const listed = found.map(({ token }) => token);
      await print(stdout, json ? listed.map(toJsonLine).join('') : formatTokens(listed));
      for (const one of found) if (one.isInMilliseconds) await print(stderr, `${describeMilliseconds(one)}\n`);
    });

  program
    .command('revoke')
    .description('refuse a token from the next request on; its row remains')
    .argument('<tokenId>', 'as `list` shows it; `-` reads the text of the token from standard input')
    .option('--dry-run', 'show what would be revoked')
    .option('--json', 'print one JSON object per token')
    .action(async (tokenId: string, { dryRun, json }: Revocation) => {
      const tokens = connect();
      const which = tokenId === '-' ? { text: await readToken(terminal) } : { tokenId };
      const revoked = await revokeTokens(terminal, tokens, which, dryRun);
      await print(stdout, revoked.map(({ now, outcome }) => (json ? toJsonLine(now) : `${outcome}\n`)).join(''));
    });

  return run(hideArguments(program, args), args, terminal);
}

const withDraftOptions = (command: Command): Command =>
  command
    .requiredOption('--label <text>', 'the holder or purpose of the token', parseLabel)
    .option(
      '--expires <duration>',
      'the time until it expires, such as 15m, 12h or 90d; without it, the token is valid until it is revoked',
      parseDuration,
    )
    .option('--json', 'print one JSON object; times are ISO 8601');

function toRecord({ label, expires }: Draft): TokenRecord {
  const createdAt = Math.floor(Date.now() / 1000);
  return { tokenId: randomUUID(), label, createdAt, expiresAt: expires && createdAt + expires };
}

function parseSource(text: string): string {
  if (text !== '-') throw tokenInArguments('`add` takes only the argument `-`, and nothing was stored');
  return text;
}

if (require.main === module) runAsProcess(tokenTool);
