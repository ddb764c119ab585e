/** `npm run token`: makes, imports, lists and revokes the tokens that callers of the API show. */
import { text } from 'node:stream/consumers';
import { ConditionalCheckFailedException, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { InvalidArgumentError } from 'commander';
import { required } from '../../lib/config';
import { RefusedError } from '../../lib/errors';
import { parseCredential } from '../../lib/tokens/credential';
import { issueToken, revokeToken } from '../../lib/tokens/issue';
import { createToken } from '../../lib/tokens/token';
import { createProgram, run, runAsProcess, type Terminal } from './cli';
import { findTokens, formatTokens, readTokens } from './tokenList';
import { createToolClient } from './toolClient';
import { ToolError } from './toolError';

const ABOUT = `Makes, imports, lists and revokes the tokens that callers of the API show.
The table is the one that TOKENS_TABLE names; region and credentials are the AWS profile's.`;

type Issue = { readonly label: string; readonly expires?: number; readonly json?: true };

export function tokenTool(args: readonly string[], terminal: Terminal, openClient = createToolClient): Promise<number> {
  const program = createProgram('token', ABOUT, terminal);
  const { stdin, stdout, stderr } = terminal;

  const issue = async (token: string, { label, expires }: Issue) => {
    const [client, table] = connect(terminal, openClient);
    const createdAt = Math.floor(Date.now() / 1000);
    return issueToken(client, table, token, { label, createdAt, expiresAt: expires && createdAt + expires });
  };

  program
    .command('create')
    .description('make a token, print it once, and store its hash')
    .requiredOption('--label <text>', 'whose token it is, or what for', parseLabel)
    .option(
      '--expires <duration>',
      'how long it lives, as 15m, 12h or 90d; without: until it is revoked',
      parseDuration,
    )
    .option('--json', 'print token, tokenId, label, createdAt and expiresAt as JSON')
    .action(async (options: Issue) => {
      const token = createToken();
      const record = await issue(token, options);
      if (options.json) {
        stdout.write(`${JSON.stringify({ token, ...record })}\n`);
        return;
      }
      stderr.write(`token ${record.tokenId}; it is shown this once:\n`);
      stdout.write(`${token}\n`);
    });

  program
    .command('add')
    .description('import a token of elsewhere, read from standard input')
    .requiredOption('--label <text>', 'whose token it is, or what for', parseLabel)
    .option('--expires <duration>', 'how long it lives from now on, as 15m, 12h or 90d', parseDuration)
    .action(async (options: Issue) => {
      if (stdin.isTTY) stderr.write('Paste the token, then press Enter and Ctrl-D:\n');
      const token = parseToken(await text(stdin));
      const { tokenId } = await issue(token, options).catch((error) => {
        throw error instanceof ConditionalCheckFailedException ? new ToolError('this token is there already') : error;
      });
      stdout.write(`token ${tokenId}\n`);
    });

  program
    .command('list')
    .description('show every token: id, label, times, whether it is revoked; the tokens themselves are stored nowhere')
    .option('--json', 'one JSON object a line')
    .action(async ({ json }: { json?: true }) => {
      const tokens = await readTokens(...connect(terminal, openClient));
      stdout.write(json ? tokens.map((token) => `${JSON.stringify(token)}\n`).join('') : formatTokens(tokens));
    });

  program
    .command('revoke')
    .description('refuse a token from the next request on; its row stays')
    .argument('<tokenId>', 'as `list` shows it')
    .action(async (tokenId: string) => {
      const [client, table] = connect(terminal, openClient);
      const hashes = await findTokens(client, table, tokenId);
      if (hashes.length === 0) throw new ToolError(`there is no token ${tokenId}`);
      for (const hash of hashes) await revokeToken(client, table, hash, Date.now() / 1000);
      stdout.write(`token ${tokenId} is revoked\n`);
    });

  return run(program, args, terminal);
}

function connect({ env }: Terminal, openClient: () => DynamoDBClient): [DynamoDBClient, string] {
  return [openClient(), required(env, 'TOKENS_TABLE')];
}

const SECONDS = { s: 1, m: 60, h: 3_600, d: 86_400 } as const;

function parseDuration(text: string): number {
  const [, amount, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const seconds = Number(amount) * SECONDS[unit as keyof typeof SECONDS];
  if (!(seconds > 0)) throw new InvalidArgumentError('Write it as 15m, 12h or 90d.');
  return seconds;
}

function parseLabel(text: string): string {
  if (!/^[^\p{C}]{1,100}$/u.test(text)) throw new InvalidArgumentError('Use 1 to 100 visible characters.');
  return text;
}

/** As the API itself would read it from a header, so that what is stored is what is looked up. */
function parseToken(input: string): string {
  try {
    return parseCredential(new Map([['x-api-key', input.replace(/\r?\n$/, '')]]));
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    throw new ToolError(
      'standard input is no token: 1 to 512 visible ASCII characters without comma, quote or space, and not mistyped',
    );
  }
}

if (require.main === module) runAsProcess(tokenTool);
