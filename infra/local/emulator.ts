import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

export type Emulator = {
  readonly endpoint: string;
  readonly stop: () => Promise<void>;
};

/** Starts a DynamoDB in memory, in a thread of this process, on a free port. It has no streams, transactions or TTL. */
export async function startEmbedded(): Promise<Emulator> {
  const worker = new Worker(join(__dirname, 'emulatorThread.cjs'), { execArgv: [] }); // without this process's TypeScript loader
  const [port] = await once(worker, 'message');
  return {
    endpoint: `http://127.0.0.1:${port}`,
    stop: async () => {
      await worker.terminate();
    },
  };
}
