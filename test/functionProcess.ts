import { type ForkOptions, fork, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import type { GatewayResponse } from '../lib/http/answer';

/** A response, and its duration within the process. */
export type Invocation = {
  readonly response: GatewayResponse;
  readonly durationMs: number;
  /** Whether it came before a timer set to the remaining time, so that a busy machine delays both. */
  readonly isInTime: boolean;
};

/** The resources of an idle function. */
type Kept = {
  readonly heapBytes: number;
  readonly resources: readonly string[];
  /** The given secrets found in its heap, in base64. */
  readonly found: readonly string[];
};

export type FunctionProcess = {
  /** @throws if the handler rejects, or its process has an uncaught error or rejection */
  readonly invoke: (event: unknown, remainingMs?: number) => Promise<GatewayResponse>;
  /** The same, with the duration. */
  readonly measure: (event: unknown, remainingMs: number) => Promise<Invocation>;
  readonly look: (secrets?: readonly string[]) => Promise<Kept>;
  /** Returns the output since the last call. */
  readonly takeOutput: () => string;
  readonly stop: () => Promise<void>;
};

type Waiting = { readonly resolve: (answer: unknown) => void; readonly reject: (error: Error) => void };

/**
 * Starts `dist/<name>.js` in a separate process.
 *
 * @param maxOpenFiles the process's limit (`ulimit -n`); undefined: the system's
 */
export function startFunction(
  name: string,
  environment: NodeJS.ProcessEnv,
  { maxOpenFiles }: { maxOpenFiles?: number } = {},
): FunctionProcess {
  const waiting = new Map<string, Waiting>();
  let output = '';
  let failure: Error | undefined;
  const host = join(__dirname, 'functionHost.cjs');
  const file = join(__dirname, '../dist', `${name}.js`);
  const flags = ['--expose-gc', '--no-warnings'];
  const options: ForkOptions = { env: environment, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] };
  const child = maxOpenFiles
    ? spawn('sh', ['-c', `ulimit -n ${maxOpenFiles}; exec "$0" "$@"`, process.execPath, ...flags, host, file], options)
    : fork(host, [file], { ...options, execArgv: flags });
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk) => {
      output += chunk;
    });
  }
  child.on('message', ({ id, answer }: { id: string; answer: unknown }) => {
    waiting.get(id)?.resolve(answer);
    waiting.delete(id);
  });
  const ended = once(child, 'exit').then(() => {
    failure = new Error(`the function's process has ended: ${output.slice(-2_000)}`);
    for (const { reject } of waiting.values()) reject(failure);
  });
  const send = (message: object): Promise<unknown> =>
    new Promise((resolve, reject) => {
      if (failure) return reject(failure);
      const id = randomUUID();
      waiting.set(id, { resolve, reject });
      child.send({ id, ...message }, (error) => error && reject(error));
    });
  const measure = async (event: unknown, remainingMs: number) =>
    (await send({ event: JSON.stringify(event ?? null), remainingMs })) as Invocation;
  return {
    invoke: async (event, remainingMs = 20_000) => (await measure(event, remainingMs)).response,
    measure,
    look: async (secrets = []) =>
      (await send({ secrets: secrets.map((secret) => Buffer.from(secret).toString('base64')) })) as Kept,
    takeOutput: () => {
      const taken = output;
      output = '';
      return taken;
    },
    stop: async () => {
      child.kill();
      await ended;
    },
  };
}
