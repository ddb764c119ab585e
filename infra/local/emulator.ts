import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import dynalite from 'dynalite';

export type Emulator = {
  readonly endpoint: string;
  readonly stop: () => Promise<void>;
};

/** A DynamoDB in this process and in memory, on a free port. It knows no streams, transactions or TTL. */
export async function startEmbedded(): Promise<Emulator> {
  const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    stop: async () => {
      server.closeAllConnections(); // clients keep theirs alive; closing would wait for them
      server.close();
      await once(server, 'close');
    },
  };
}
