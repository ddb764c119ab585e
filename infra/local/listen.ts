import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * Listens on both of the addresses that `localhost` may mean, so that no other server answers in its place.
 *
 * @param port 0 for one that is free
 */
export async function listenOnLocalhost(
  port: number,
  listener: RequestListener,
): Promise<{ readonly port: number; readonly close: () => void }> {
  const first = await listenOn('127.0.0.1', port, listener);
  const { port: chosen } = first.address() as AddressInfo;
  const second = await listenOn('::1', chosen, listener).catch((error) => {
    if (['EADDRNOTAVAIL', 'EAFNOSUPPORT'].includes(error.code)) return undefined; // a machine without IPv6
    throw error;
  });
  return {
    port: chosen,
    close: () => {
      for (const server of [first, second]) {
        server?.close();
        server?.closeAllConnections();
      }
    },
  };
}

async function listenOn(host: string, port: number, listener: RequestListener): Promise<Server> {
  const server = createServer(listener).listen(port, host);
  await once(server, 'listening').catch((error) => {
    throw error.code === 'EADDRINUSE' ? new Error(`port ${port} is taken: choose another by PORT`) : error;
  });
  return server;
}
