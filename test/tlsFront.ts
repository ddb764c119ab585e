import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { pipeline } from 'node:stream';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';

/** Changes one byte of the next packet in a direction, or of the one `skip` packets later. */
export type Damage = {
  readonly to: 'client' | 'server';
  readonly skip: number;
  /** The position in the packet, from 0 (its first byte) to below 1. */
  readonly position: number;
  readonly mask: number;
};

export type TlsFront = {
  readonly endpoint: string;
  /** Damages one packet of current or future connections. */
  readonly damageNext: (damage: Damage) => void;
  /** Returns the number of connections so far. */
  readonly connections: () => number;
  readonly stop: () => Promise<void>;
};

/** Serves TLS on a free port of localhost, before a plain server at `target`, and can damage packets. */
export async function startTlsFront(target: string, options: TlsOptions): Promise<TlsFront> {
  const { port } = new URL(target);
  let pending: { damage: Damage; skip: number } | undefined;
  let connections = 0;

  const carry = (from: Socket, to: Socket, direction: Damage['to']): void => {
    from.on('data', (packet) => {
      if (pending?.damage.to === direction && pending.skip-- === 0) {
        const { position, mask } = pending.damage;
        const at = Math.floor(position * packet.length);
        packet[at] = (packet[at] ?? 0) ^ mask;
        pending = undefined;
      }
      to.write(packet);
    });
    from.on('close', () => to.destroy()).on('error', () => {});
  };

  const sockets = new Set<Socket>();
  const listen = async (server: Server): Promise<number> => {
    server.on('connection', (socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  const tls = createTlsServer(options, (socket) => {
    pipeline(socket, connect(Number(port), '127.0.0.1'), socket, () => socket.destroy());
  });
  tls.on('tlsClientError', () => {}); // expected after damage
  const tlsPort = await listen(tls);
  const wire = createServer((client) => {
    connections += 1;
    const server = connect(tlsPort, '127.0.0.1');
    carry(client, server, 'server');
    carry(server, client, 'client');
  });
  return {
    endpoint: `https://localhost:${await listen(wire)}`,
    damageNext: (damage) => {
      pending = { damage, skip: damage.skip };
    },
    connections: () => connections,
    stop: async () => {
      for (const server of [wire, tls]) server.close();
      for (const socket of sockets) socket.destroy();
      await Promise.all([wire, tls].map((server) => once(server, 'close')));
    },
  };
}
