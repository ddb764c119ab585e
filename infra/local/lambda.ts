/** Runs a built function like AWS Lambda: with its own environment, a deadline, and JSON in and out. */
import { randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { basename, join } from 'node:path';
import { Worker } from 'node:worker_threads';

export type Lambda = {
  /** Rejects if the handler throws, exceeds its time, or cannot be loaded. */
  readonly invoke: (event: unknown, timeoutMs?: number) => Promise<unknown>;
  /**
   * Runs later invocations with the current bundle; those under way finish with the old one. With `inspectPort` it loads
   * the bundle as soon as the port is free, so that a debugger can attach before the next invocation.
   */
  readonly reload: () => void;
  /** Ends the function and all invocations under way. */
  readonly stop: () => Promise<void>;
};

export type LambdaOptions = {
  readonly environment: NodeJS.ProcessEnv;
  readonly timeoutMs: number;
  /** Receives what the function writes to stdout. */
  readonly log: (text: string) => void;
  /** The loopback port for a debugger; with it, invocations do not time out. */
  readonly inspectPort?: number | undefined;
  /** Whether the function waits for a debugger before it is loaded. */
  readonly waitsForDebugger?: boolean;
};

const MAX_ANSWER_BYTES = 6_291_556; // https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html

const A_DAY_MS = 86_400_000;

export function createLambda(bundle: string, options: LambdaOptions): Lambda {
  let sandbox: Sandbox | undefined;
  return {
    invoke: async (event, timeoutMs = options.timeoutMs) => {
      if (!sandbox?.isUsable()) sandbox = startSandbox(bundle, options);
      const isDebugged = options.inspectPort !== undefined;
      const answer = await sandbox.invoke(JSON.stringify(event), isDebugged ? A_DAY_MS : timeoutMs);
      const bytes = Buffer.byteLength(answer);
      if (bytes > MAX_ANSWER_BYTES)
        throw new Error(`The answer has ${bytes} bytes; AWS Lambda allows ${MAX_ANSWER_BYTES}`);
      return JSON.parse(answer);
    },
    reload: async () => {
      const former = sandbox;
      sandbox = undefined;
      if (former?.isUsable()) await former.retire();
      if (options.inspectPort !== undefined) sandbox ??= startSandbox(bundle, options);
    },
    stop: async () => {
      await sandbox?.end();
    },
  };
}

type Sandbox = ReturnType<typeof startSandbox>;
type Message = { readonly log: string } | Reply;
type Reply = { readonly id: string; readonly answer?: string; readonly error?: unknown };

/** Starts a thread with the bundle. It handles concurrent events, for which AWS Lambda would start more sandboxes. */
function startSandbox(bundle: string, { environment, log, inspectPort, waitsForDebugger = false }: LambdaOptions) {
  const functionName = basename(bundle, '.js');
  const context = { functionName, functionVersion: '$LATEST', memoryLimitInMB: '512' };
  const worker = new Worker(join(__dirname, 'sandbox.cjs'), {
    env: environment,
    execArgv: [], // without this process's TypeScript loader
    workerData: { bundle, context, inspectPort, isWaiting: waitsForDebugger },
  });
  const replies = new EventEmitter().setMaxListeners(0).on('error', () => {}); // invocations under way listen too
  let isAlive = true;
  let isRetired = false;
  let underWay = 0;

  const die = (cause: unknown) => {
    isAlive = false;
    replies.emit('error', cause);
  };
  worker.on('message', (message: Message) => ('log' in message ? log(message.log) : replies.emit(message.id, message)));
  worker.on('error', die);
  worker.on('exit', (code) => die(new Error(`${functionName} has ended with code ${code}`)));

  const retire = async () => {
    isRetired = true;
    const ended = new Promise((resolve) => worker.once('exit', resolve));
    if (underWay === 0) worker.terminate();
    else worker.postMessage({ isRetired });
    await ended;
  };
  return {
    isUsable: () => isAlive && !isRetired,
    invoke: async (event: string, timeoutMs: number): Promise<string> => {
      const id = randomUUID();
      underWay += 1;
      try {
        worker.postMessage({ id, event, deadlineMs: Date.now() + timeoutMs });
        const [reply]: Reply[] = await once(replies, id, { signal: AbortSignal.timeout(timeoutMs) });
        if (reply?.error) throw reply.error;
        return reply?.answer ?? 'null';
      } catch (error) {
        if ((error as Error).name !== 'AbortError') throw error;
        isRetired = true; // it may be in an endless loop
        throw new Error(`${functionName} has not answered within ${timeoutMs / 1000} s`);
      } finally {
        underWay -= 1;
        if (isRetired && underWay === 0) worker.terminate();
      }
    },
    retire,
    end: () => worker.terminate(),
  };
}
