/** What the command-line tools do alike: help and errors as people expect them, exit code 0 or 1. */
import { types } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Command, CommanderError } from 'commander';

/** What a tool may touch of the process that it runs in; a test passes its own. */
export type Terminal = {
  readonly env: NodeJS.ProcessEnv;
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean };
};

/** A failure that is told as it is, in one line. */
export class ToolError extends Error {
  override readonly name = 'ToolError';
}

/** `npm run <name> -- …`: the tool's program, to which its commands are added. */
export function createProgram(name: string, description: string, { stdout, stderr }: Terminal): Command {
  return new Command(`npm run ${name} --`)
    .description(description)
    .exitOverride()
    .showHelpAfterError('(add --help for the usage)')
    .configureOutput({ writeOut: (text) => stdout.write(text), writeErr: (text) => stderr.write(text) });
}

/** @returns the exit code; whatever went wrong has been told on stderr, in a line of its own */
export async function run(program: Command, args: readonly string[], { stderr }: Terminal): Promise<number> {
  try {
    await program.parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode; // commander has told it
    if (isClosedPipe(error)) return 0; // the reader had enough, as `head` does
    stderr.write(`error: ${describe(error)}\n`);
    return 1;
  }
}

/**
 * DynamoDB for an operator: region, profile, endpoint and credentials as the SDK finds them.
 * Nobody waits for a tool as a caller does for an answer: it tries long, where the functions give up early.
 */
export function createToolClient({ maxAttempts = 8 } = {}): DynamoDBClient {
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true'; // of releases later than the pinned one
  return new DynamoDBClient({
    maxAttempts,
    retryMode: 'standard',
    requestHandler: { connectionTimeout: 5_000, requestTimeout: 20_000, throwOnRequestTimeout: true },
  });
}

const isClosedPipe = (error: unknown): boolean => (error as { code?: unknown } | null)?.code === 'EPIPE';

/** An error's message, after its name where the SDK says with that what happened: `ResourceNotFoundException: …`. */
export function describe(error: unknown): string {
  if (!types.isNativeError(error)) return String(error);
  const name = /Exception$/.test(error.name) ? `${error.name}: ` : '';
  const message = error instanceof AggregateError ? error.errors.map(describe).join('; ') : error.message;
  return `${name}${message}`.replaceAll(/\s+/g, ' ');
}
