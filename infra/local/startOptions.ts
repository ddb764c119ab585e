/** Parses the options and the environment of `npm start`. */
import { Command, InvalidArgumentError, Option } from 'commander';

export type StartOptions = {
  readonly port: number;
  /** If absent, both addresses of localhost. */
  readonly host?: string;
  readonly json: boolean;
  readonly seed: boolean;
  readonly inspect?: number;
};

/** Parses the arguments. Malformed ones and `--help` end the process with a message. */
export function parseStartOptions(args: readonly string[], env: NodeJS.ProcessEnv): StartOptions {
  return new Command('npm start --')
    .description(
      'Serves the API with sample rows, and its reference at /docs; changed source files take effect at once.',
    )
    .option('--port <number>', 'the port to listen on; 0 for a free one (env: PORT)', parsePort, portOf(env))
    .option('--host <address>', 'listen on this address instead of localhost, such as 0.0.0.0 in a container')
    .option('--json', "print the function's log lines as JSON, as if stdout were not a terminal", false)
    .addOption(seedOption())
    .addOption(inspectOption('let a debugger attach to the function at this port of localhost'))
    .addHelpText('after', ENVIRONMENT)
    .showHelpAfterError('(npm passes only options after --, as in npm start -- --port 4000; add --help for all)')
    .parse(args, { from: 'user' })
    .opts<StartOptions>();
}

const ENVIRONMENT = `
Environment:
  AWS_ENDPOINT_URL_DYNAMODB  the DynamoDB to use, such as http://localhost:8000; without it, one in memory
  PUBLIC_BASE_URL            the base URL for callers, if a proxy or tunnel forwards to this server
  and the function's own variables, as in README.md`;

export const seedOption = (): Option =>
  new Option(
    '--seed',
    'create missing tables and load the sample rows and the public sample token even if DynamoDB is not on this machine',
  ).default(false);

export const inspectOption = (description: string): Option =>
  new Option('--inspect [port]', description).preset('9229').argParser(parsePort);

/** @throws Error unless `PORT` is a port, if it is set */
function portOf({ PORT }: NodeJS.ProcessEnv): number {
  if (!PORT) return 3000;
  if (!isPort(PORT)) throw new Error(`PORT must be 0–65535, not ${JSON.stringify(PORT)}`);
  return Number(PORT);
}

function parsePort(text: string): number {
  if (!isPort(text)) throw new InvalidArgumentError('It must be 0–65535.');
  return Number(text);
}

const isPort = (text: string): boolean => /^\d{1,5}$/.test(text) && Number(text) <= 65_535;
