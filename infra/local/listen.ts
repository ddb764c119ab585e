import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Listening = { readonly port: number; readonly close: () => void };

/**
 * Listens on both addresses of `localhost`, so that no other server can answer in its place.
 *
 * @param port 0 for a free one
 */
export async function listenOnLocalhost(port: number, listener: RequestListener): Promise<Listening> {
  const first = await listenOn('127.0.0.1', port, listener);
  const second = await listenOn('::1', portOf(first), listener).catch((error) => {
    if (['EADDRNOTAVAIL', 'EAFNOSUPPORT'].includes(error.code)) return undefined; // a machine without IPv6
    throw error;
  });
  return listening(first, ...(second ? [second] : []));
}

/** Listens only on the addresses of `host`; `0.0.0.0` is every IPv4 address of this machine, `::` every address. */
export const listenOnHost = async (host: string, port: number, listener: RequestListener): Promise<Listening> =>
  listening(await listenOn(host, port, listener));

async function listenOn(host: string, port: number, listener: RequestListener): Promise<Server> {
  const limits = { requestTimeout: MAX_REQUEST_MS, headersTimeout: MAX_REQUEST_MS, keepAliveTimeout: KEEP_ALIVE_MS };
  const server = createServer(limits, listener);
  await once(server.listen(port, host), 'listening').catch((error) => {
    throw error.code === 'EADDRINUSE' ? new Error(`port ${port} is taken: choose another with --port`) : error;
  });
  return server;
}

const MAX_REQUEST_MS = 30_000; // for sending a request; API Gateway's limit for a complete request
const KEEP_ALIVE_MS = 75_000; // long enough that a client rarely reuses a connection while it is closed

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

const listening = (...servers: [Server, ...Server[]]): Listening => ({
  port: portOf(servers[0]),
  close: () => {
    for (const server of servers) {
      server.close();
      server.closeAllConnections();
    }
  },
});
