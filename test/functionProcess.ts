import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { GatewayResponse } from '../lib/http/answer';

export type DeployedFunction = {
  /** The folder of its unpacked zip, which is the working directory. */
  readonly directory: string;
  /** Below `directory`: `dist/name.handler` is `handler` of `dist/name.js` or `dist/name.mjs`. */
  readonly handler: string;
  /** The whole environment, except for the two variables that locate the handler. */
  readonly environment: NodeJS.ProcessEnv;
  /** Limits V8's heap as Lambda does; undefined: V8's default. */
  readonly memorySizeMb?: number;
  readonly timeoutMs: number;
};

/** A response and its cost. */
export type Invocation<Answer = GatewayResponse> = {
  readonly response: Answer;
  readonly durationMs: number;
  /** Whether it came before a timer set to the remaining time, so that a busy machine delays both. */
  readonly isInTime: boolean;
  /** CPU time (user and kernel mode, all threads) and time elapsed since the start of the process. */
  readonly sinceStart: { readonly cpuMs: number; readonly wallMs: number };
  /** The peak resident memory of the process so far, Node.js included. */
  readonly peakMemoryMb: number;
};

/** The resources of an idle function. */
type Kept = {
  readonly heapBytes: number;
  readonly resources: readonly string[];
  /** The given secrets found in its heap, in base64. */
  readonly found: readonly string[];
};

export type FunctionProcess<Answer = GatewayResponse> = {
  /** @throws if the handler is missing or rejects, or its process has an uncaught error or rejection */
  readonly invoke: (event: unknown, remainingMs?: number) => Promise<Answer>;
  /** The same, with measurements. */
  readonly measure: (event: unknown, remainingMs?: number) => Promise<Invocation<Answer>>;
  readonly look: (secrets?: readonly string[]) => Promise<Kept>;
  /** Returns the output, on stdout and stderr, since the last call. */
  readonly takeOutput: () => string;
  readonly stop: () => Promise<void>;
};

type Limits = {
  /** The process's `ulimit -n`; undefined: the system's. */
  readonly maxOpenFiles?: number;
};

type Waiting = { readonly resolve: (answer: unknown) => void; readonly reject: (error: Error) => void };

/** Starts `dist/<name>.js` in a separate process. */
export const startFunction = (name: string, environment: NodeJS.ProcessEnv, limits: Limits = {}): FunctionProcess =>
  startProcess(
    { directory: join(__dirname, '..'), handler: `dist/${name}.handler`, environment, timeoutMs: 20_000 },
    limits,
  );

/** Starts a function in a separate process. */
export function startProcess<Answer = GatewayResponse>(
  deployed: DeployedFunction,
  { maxOpenFiles }: Limits = {},
): FunctionProcess<Answer> {
  const waiting = new Map<string, Waiting>();
  let output = '';
  let failure: Error | undefined;
  const command = maxOpenFiles ? ['sh', '-c', `ulimit -n ${maxOpenFiles}; exec "$0" "$@"`] : [];
  const child = spawnHost(deployed, ['ignore', 'pipe', 'pipe', 'ipc'], { command });
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk) => {
      output += chunk;
    });
  }
  child.on('message', ({ id, answer }: { id: string; answer: unknown }) => {
    waiting.get(id)?.resolve(answer);
    waiting.delete(id);
  });
  const ended = once(child, 'close').then(() => {
    failure = new Error(`the function's process has ended: ${output.slice(-2_000)}`);
    for (const { reject } of waiting.values()) reject(failure);
  });
  const send = (message: object): Promise<unknown> =>
    new Promise((resolve, reject) => {
      if (failure) return reject(failure);
      const id = randomUUID();
      waiting.set(id, { resolve, reject });
      child.send({ id, ...message }, () => {}); // after an error the process ends, which rejects
    });
  const measure = async (event: unknown, remainingMs = deployed.timeoutMs) =>
    (await send({ event: JSON.stringify(event ?? null), remainingMs })) as Invocation<Answer>;
  return {
    invoke: async (event, remainingMs) => (await measure(event, remainingMs)).response,
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

/**
 * Invokes a function once, as a cold start does: with nothing in its process but the function.
 *
 * @param node the Node.js to run it on
 * @throws Error with its output if the process ends without an answer
 */
export async function invokeOnce(deployed: DeployedFunction, event: unknown, node: string): Promise<Invocation> {
  const args = [randomUUID(), JSON.stringify(event), String(deployed.timeoutMs)];
  const child = spawnHost(deployed, ['ignore', 'pipe', 'pipe', 'pipe'], { node, args });
  const [, log, errors, answer] = child.stdio.map((stream) => stream && text(stream as Readable));
  const invocation = await answer;
  if (!invocation) throw new Error(`the function's process has ended: ${await log}${await errors}`);
  return JSON.parse(invocation);
}

type HostOptions = {
  readonly node?: string;
  /** The command that starts Node.js, with its arguments. */
  readonly command?: readonly string[];
  readonly args?: readonly string[];
};

const HEAP_SHARE = 0.9; // of the memory, as set by Lambda's bootstrap

function spawnHost(
  { directory, handler, environment, memorySizeMb }: DeployedFunction,
  stdio: StdioOptions,
  { node = process.execPath, command = [], args = [] }: HostOptions,
): ChildProcess {
  const flags = memorySizeMb ? [`--max-old-space-size=${Math.floor(memorySizeMb * HEAP_SHARE)}`] : [];
  const [file = node, ...rest] = [...command, node, ...flags, join(__dirname, 'functionHost.cjs'), ...args];
  const location = { _HANDLER: handler, LAMBDA_TASK_ROOT: directory };
  return spawn(file, rest, { cwd: directory, stdio, env: { ...location, ...environment } });
}
