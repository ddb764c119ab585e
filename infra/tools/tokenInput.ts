/** Parses an operator's input: a pasted or piped token, its label, its lifetime. */
import type { ReadStream } from 'node:tty';
import { InvalidArgumentError } from 'commander';
import { RefusedError } from '../../lib/errors';
import { parseCredential, TOKEN_HEADERS } from '../../lib/tokens/credential';
import type { Terminal } from './cli';
import { print } from './output';
import { ToolError } from './toolError';

const MAX_INPUT_BYTES = 65_536; // far more than a token with its header

/** Reads a single token from standard input. */
export async function readToken(terminal: Terminal): Promise<string> {
  return parsePastedToken(await (terminal.stdin.isTTY ? readHiddenLine(terminal) : readAll(terminal)));
}

async function readAll({ stdin }: Terminal): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stdin) {
    chunks.push(Buffer.from(chunk));
    bytes += chunk.length;
    if (bytes > MAX_INPUT_BYTES) throw new ToolError('standard input is longer than any token');
  }
  return Buffer.concat(chunks).toString();
}

/** Reads a line without echoing it. */
async function readHiddenLine({ stdin, stderr, interruption }: Terminal): Promise<string> {
  const { setRawMode } = stdin as Partial<ReadStream>;
  setRawMode?.call(stdin, true);
  await print(stderr, 'Paste the token, which is not shown, then press Enter: ');
  let line = '';
  try {
    for await (const chunk of stdin) {
      for (const key of String(chunk)) {
        if (ENDS.includes(key)) await print(stderr, '\n');
        if (key === CTRL_C) interruption.interrupt('SIGINT');
        else if (ENDS.includes(key)) return line;
        else line = key === BACKSPACE ? line.slice(0, -1) : line + key;
      }
    }
    return line;
  } finally {
    setRawMode?.call(stdin, false);
  }
}

const [CTRL_C, CTRL_D, BACKSPACE] = ['\u0003', '\u0004', '\u007f'];
const ENDS = ['\r', '\n', CTRL_C, CTRL_D];

/**
 * Finds the token in `abc`, `Token abc` or one of the API's headers, such as `Authorization: Token abc`, with or without
 * surrounding double quotes. Parses these headers like the API, so that it stores what the API looks up.
 *
 * @param source the input's name in errors
 * @throws ToolError if there is no token, or more than one line; the message does not repeat the input
 */
export function parsePastedToken(input: string, source = 'standard input'): string {
  const lines = input.split(/\r\n|[\r\n]/).flatMap((line) => line.trim() || []);
  if (lines.length === 0) throw new ToolError(`${source} is empty: a token was expected`);
  if (lines.some((line) => /^> .+@\d/.test(line))) {
    throw new ToolError(`${source} holds npm's banner, which \`npm run --silent\` omits`);
  }
  if (lines.length > 1) throw new ToolError(`${source} has ${lines.length} lines: one token was expected`);
  const line = lines[0]?.replace(/^"(.*)"$/, '$1').trim() ?? '';
  const [, name = 'x-api-key', value = line] = HEADER.exec(line) ?? [];
  try {
    return parseCredential(new Map([[name.toLowerCase(), value]]));
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    throw new ToolError(
      `${source} holds no token: 1 to 512 visible ASCII characters without comma, double quote or space; one that begins with lit_ must not be mistyped`,
    );
  }
}

const HEADER = new RegExp(`^(${TOKEN_HEADERS.join('|')})[ \\t]*:(.*)$`, 'i');

/**
 * Whether a script has passed an unset variable or an unfilled template as the token: `Token $UNSET`, or `null` from
 * `jq --raw-output`. Anyone could guess such a token.
 */
export const isPlaceholder = (token: string): boolean =>
  /^(token|bearer|basic|null|nil|none|undefined|true|false)$/i.test(token) ||
  /^(\$\w+|\$?\{.*\}|\$\(.*\)|<.*>|%\w+%|\*+)$/.test(token);

/** @throws InvalidArgumentError if a list could not show the label, or would show it like another one */
export function parseLabel(text: string): string {
  if (text.startsWith('-')) throw new InvalidArgumentError('A label must not begin with a hyphen.');
  const label = text.replaceAll(/^ +| +$/g, '');
  if (!/^[^\p{C}\p{Z}]+( [^\p{C}\p{Z}]+)*$/u.test(label.replaceAll(/ +/g, ' ')) || !VISIBLE.test(label)) {
    throw new InvalidArgumentError('Use visible characters, with spaces between them.');
  }
  if ([...label].length > 100) throw new InvalidArgumentError('Use at most 100 characters.');
  return label;
}

/** A visible character: some letters and symbols are blank. */
const VISIBLE = /[^\p{C}\p{Z}\p{M}\p{Default_Ignorable_Code_Point}\u2800]/u;

const SECONDS = { s: 1, m: 60, h: 3_600, d: 86_400 } as const;

/** @returns seconds */
export function parseDuration(text: string): number {
  const [, amount, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const seconds = Number(amount) * SECONDS[unit as keyof typeof SECONDS];
  if (!(seconds > 0)) throw new InvalidArgumentError('Write it as 15m, 12h or 90d.');
  return seconds;
}
