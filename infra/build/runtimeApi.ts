import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';

export type LambdaFunction = {
  /** Where the function's zip was unpacked to. */
  readonly directory: string;
  readonly handler: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly memorySizeMb: number;
  readonly timeoutSeconds: number;
};

export type RunningLambda = {
  /** @throws Error if the handler throws, cannot be loaded, or the process dies */
  readonly invoke: (event: unknown) => Promise<unknown>;
  /** What the function has written to standard output, that is: its log. */
  readonly output: () => string;
  /** The most memory that its process has held until its last answer, Node.js and the runtime included. */
  readonly peakMemoryMb: () => number;
  readonly stop: () => Promise<void>;
};

type Invocation = {
  readonly event: unknown;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
};

/**
 * Runs a function in a process of its own under Lambda's Runtime API: with its memory, and nothing in its environment
 * that Lambda or the function's own configuration would not put there.
 */
export async function startLambda(lambda: LambdaFunction): Promise<RunningLambda> {
  const waiting: Invocation[] = [];
  const running = new Map<string, Invocation>();
  let takeNext: (() => void) | undefined;
  let failure: Error | undefined;
  let peakMemoryKb = Number.NaN;

  function failAll(error: Error): void {
    failure ??= error;
    for (const { reject } of [...waiting.splice(0), ...running.values()]) reject(failure);
  }

  function giveNext(response: ServerResponse): void {
    const invocation = waiting.shift();
    takeNext = invocation ? undefined : () => giveNext(response);
    if (!invocation) return;
    const id = randomUUID();
    running.set(id, invocation);
    response.setHeader('Lambda-Runtime-Aws-Request-Id', id);
    response.setHeader('Lambda-Runtime-Deadline-Ms', Date.now() + lambda.timeoutSeconds * 1000);
    response.setHeader(
      'Lambda-Runtime-Invoked-Function-Arn',
      'arn:aws:lambda:eu-central-1:123456789012:function:f:live',
    );
    response.end(JSON.stringify(invocation.event));
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, id = '', kind] = /\/runtime\/(?:invocation\/)?([^/]+)(?:\/(\w+))?$/.exec(request.url ?? '') ?? [];
    if (id === 'next') return giveNext(response);
    const body = await json(request);
    peakMemoryKb = Number(request.headers['x-peak-memory-kb']);
    response.writeHead(202).end();
    const error = new Error(`the function failed: ${JSON.stringify(body)}`);
    if (id === 'init') return failAll(error);
    if (kind === 'response') running.get(id)?.resolve(body);
    else running.get(id)?.reject(error);
    running.delete(id);
  }

  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const child = startProcess(lambda, `127.0.0.1:${port}`);
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  const end = once(child, 'exit').then(() => failAll(new Error('the process of the function has ended')));

  return {
    invoke: (event) =>
      new Promise((resolve, reject) => {
        if (failure) return reject(failure);
        waiting.push({ event, resolve, reject });
        takeNext?.();
      }),
    output: () => output,
    peakMemoryMb: () => peakMemoryKb / 1024,
    stop: async () => {
      child.kill();
      await end;
      server.closeAllConnections();
      server.close();
    },
  };
}

function startProcess({ directory, handler, environment, memorySizeMb }: LambdaFunction, runtimeApi: string) {
  const heapMb = Math.floor(memorySizeMb * 0.9); // the share that Lambda's bootstrap gives to V8
  return spawn(process.execPath, [`--max-old-space-size=${heapMb}`, join(__dirname, 'lambdaRuntime.cjs')], {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      _HANDLER: handler,
      LAMBDA_TASK_ROOT: directory,
      AWS_LAMBDA_RUNTIME_API: runtimeApi,
      AWS_LAMBDA_FUNCTION_NAME: 'f',
      AWS_LAMBDA_FUNCTION_VERSION: '1',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memorySizeMb),
      ...environment,
    },
  });
}
