/** A built function, run as AWS Lambda runs it: an environment of its own, a deadline, JSON in and out. */
import { randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { basename, join } from 'node:path';
import { Worker } from 'node:worker_threads';

export type Lambda = {
  /** Rejects when the handler throws, does not answer in time, or cannot be loaded. */
  readonly invoke: (event: unknown, timeoutMs?: number) => Promise<unknown>;
  /** Lets the next invocation have the bundle as it is then; those under way end with the old one. */
  readonly reload: () => void;
  /** Ends it, and what is under way. */
  readonly stop: () => Promise<void>;
};

export type LambdaOptions = {
  readonly environment: NodeJS.ProcessEnv;
  readonly timeoutMs: number;
  /** Takes what the function writes to stdout. */
  readonly log: (text: string) => void;
};

const MAX_ANSWER_BYTES = 6_291_556; // https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html

export function createLambda(bundle: string, options: LambdaOptions): Lambda {
  let sandbox: Sandbox | undefined;
  return {
    invoke: async (event, timeoutMs = options.timeoutMs) => {
      if (!sandbox?.isAlive()) sandbox = startSandbox(bundle, options);
      const answer = await sandbox.invoke(JSON.stringify(event), timeoutMs);
      const bytes = Buffer.byteLength(answer);
      if (bytes > MAX_ANSWER_BYTES) throw new Error(`${bytes} bytes of answer; AWS Lambda allows ${MAX_ANSWER_BYTES}`);
      return JSON.parse(answer);
    },
    reload: () => {
      sandbox?.retire();
      sandbox = undefined;
    },
    stop: async () => {
      await sandbox?.end();
    },
  };
}

type Sandbox = ReturnType<typeof startSandbox>;
type Message = { readonly log: string } | Reply;
type Reply = { readonly id: string; readonly answer?: string; readonly error?: unknown };

/** A thread that has loaded the bundle. It takes several events at a time, where AWS Lambda starts another sandbox. */
function startSandbox(bundle: string, { environment, log }: LambdaOptions) {
  const functionName = basename(bundle, '.js');
  const worker = new Worker(join(__dirname, 'sandbox.cjs'), {
    env: environment,
    execArgv: [], // this process's TypeScript loader is not for the bundle
    workerData: { bundle, context: { functionName, functionVersion: '$LATEST', memoryLimitInMB: '512' } },
  });
  const replies = new EventEmitter().setMaxListeners(0).on('error', () => {}); // invocations under way listen too
  let alive = true;
  let retired = false;
  let underWay = 0;

  const die = (cause: unknown) => {
    alive = false;
    replies.emit('error', cause);
  };
  worker.on('message', (message: Message) => ('log' in message ? log(message.log) : replies.emit(message.id, message)));
  worker.on('error', die);
  worker.on('exit', (code) => die(new Error(`${functionName} has ended with code ${code}`)));

  return {
    isAlive: () => alive,
    invoke: async (event: string, timeoutMs: number): Promise<string> => {
      const id = randomUUID();
      underWay += 1;
      try {
        worker.postMessage({ id, event, deadlineMs: Date.now() + timeoutMs });
        const [reply]: Reply[] = await once(replies, id, { signal: AbortSignal.timeout(timeoutMs) });
        if (reply?.error) throw reply.error;
        return reply?.answer ?? 'null';
      } finally {
        underWay -= 1;
        if (retired && underWay === 0) worker.terminate();
      }
    },
    retire: () => {
      retired = true;
      if (underWay === 0) worker.terminate();
    },
    end: () => worker.terminate(),
  };
}
