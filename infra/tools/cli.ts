/** What all command-line tools share: help, errors and exit codes. */
import { Command, CommanderError } from 'commander';
import { version } from '../../package.json';
import { explain } from './errorText';
import { endBySignal, InterruptedError, type Interruption, listenForInterruption } from './interruption';
import { OutputError, print } from './output';

/** The parts of its process that a tool may use; tests pass their own. */
export type Terminal = {
  readonly env: NodeJS.ProcessEnv;
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly interruption: Interruption;
};

/** Creates the program of `npm run <name> -- …`, without commands. */
export function createProgram(name: string, description: string, { stdout, stderr }: Terminal): Command {
  return new Command(`npm run ${name} --`)
    .description(description)
    .version(version, '--version', 'print the version of this project')
    .exitOverride()
    .showHelpAfterError('(add --help for the usage)')
    .configureOutput({ writeOut: (text) => stdout.write(text), writeErr: (text) => stderr.write(text) });
}

/**
 * Runs a program. An interruption ends it at once, unless its command handles interruptions itself.
 *
 * @returns the exit code: 0, 1, or 128 + n after signal n; stderr has one line for a failure
 */
export async function run(program: Command, args: readonly string[], terminal: Terminal): Promise<number> {
  const { stdout, stderr, interruption } = terminal;
  for (const stream of [stdout, stderr]) stream.on('error', () => {}); // `print` reports it
  try {
    const command = program.parseAsync(args, { from: 'user' }).catch(async (error) => {
      if (!(error instanceof CommanderError)) throw error;
      if (error.exitCode !== 0) return error.exitCode; // commander has printed the error
    });
    const exitCode = await interruption.end(command);
    await print(stdout, ''); // fails if an earlier text could not be written
    return typeof exitCode === 'number' ? exitCode : 0;
  } catch (error) {
    if (error instanceof OutputError && error.isClosedPipe) return 0; // the reader has stopped, like `head`
    await print(stderr, `error: ${await explain(error)}\n`).catch(() => {});
    return error instanceof InterruptedError ? error.exitCode : 1;
  }
}

/** Runs a tool as this process, which ends with the tool even if handles are still open. */
export function runAsProcess(tool: (args: readonly string[], terminal: Terminal) => Promise<number>): void {
  const { env, stdin, stdout, stderr } = process;
  const terminal = { env, stdin, stdout, stderr, interruption: listenForInterruption() };
  tool(process.argv.slice(2), terminal).then((exitCode) => {
    if (exitCode > 128 && terminal.interruption.endedBy) endBySignal(terminal.interruption.endedBy);
    else process.exit(exitCode);
  });
}
