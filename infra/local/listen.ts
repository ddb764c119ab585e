import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * Listens on both of the addresses that `localhost` may mean, so that no other server answers in its place.
 *
 * @param port 0 for one that is free
 * @returns the port
 */
export async function listenOnLocalhost(port: number, listener: RequestListener): Promise<number> {
  const taken = await listenOn('127.0.0.1', port, listener);
  await listenOn('::1', taken, listener).catch((error) => {
    if (!['EADDRNOTAVAIL', 'EAFNOSUPPORT'].includes(error.code)) throw error; // a machine without IPv6
  });
  return taken;
}

async function listenOn(host: string, port: number, listener: RequestListener): Promise<number> {
  const server = createServer(listener).listen(port, host);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}
