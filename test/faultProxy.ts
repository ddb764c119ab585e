import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, type ServerResponse, request as sendRequest } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** A call to DynamoDB, as the proxy sees it. */
type Call = { readonly operation: string; readonly table: string };

type Reply = { readonly status: number; readonly headers: IncomingMessage['headers']; readonly body: Buffer };

/** Handles a call in place of passing it on; `forward` still sends it to DynamoDB. */
export type Fault = (response: ServerResponse, forward: () => Promise<Reply>) => void | Promise<void>;

type Rule = {
  readonly fault: Fault;
  /** Absent: any. */
  readonly operation?: string;
  readonly table?: string;
  /** The number of calls to pass first. */
  skip?: number;
  /** The number of calls affected; undefined: all. */
  times?: number;
};

export type FaultProxy = {
  readonly endpoint: string;
  /** The calls received, including failed ones. */
  readonly calls: Call[];
  readonly inject: (...rules: readonly Rule[]) => void;
  /** Breaks every open connection: the fault applies to each further call on it. */
  readonly breakConnections: (fault: Fault) => void;
  /** Removes all faults. */
  readonly heal: () => void;
  /** Refuses connections and closes open ones, until `resume`. */
  readonly refuse: () => Promise<void>;
  readonly resume: () => Promise<void>;
  readonly openConnections: () => number;
  /** Returns the number of calls in progress. */
  readonly underWay: () => number;
  readonly stop: () => Promise<void>;
};

/**
 * Starts a proxy to a DynamoDB at `target`, on a free port, with injectable faults.
 *
 * @param maxRows cuts query results after this many rows, as DynamoDB does after 1 MB
 */
export async function startFaultProxy(target: string, maxRows = Number.POSITIVE_INFINITY): Promise<FaultProxy> {
  const agent = new Agent({ keepAlive: true });
  const sockets = new Set<Socket>();
  const broken = new WeakMap<Socket, Fault>();
  const underWay = new Set<ServerResponse>();
  const calls: Call[] = [];
  let rules: Rule[] = [];
  let port = 0;

  const server = createServer(async (request, response) => {
    const body = await buffer(request).catch(() => undefined);
    if (!body) return; // the caller has disconnected
    const call = callIn(request, body);
    calls.push(call);
    underWay.add(response);
    response.on('close', () => underWay.delete(response));
    const forward = () => passOn(target, agent, request, call.operation === 'Query' ? limited(body, maxRows) : body);
    const fault = broken.get(request.socket) ?? takeFault(rules, call) ?? pass;
    await Promise.resolve(fault(response, forward)).catch(() => response.destroy()); // DynamoDB has stopped
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  const listen = async () => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  };
  const close = async () => {
    server.close();
    for (const socket of sockets) socket.destroy();
    await once(server, 'close');
  };
  await listen();
  return {
    endpoint: `http://127.0.0.1:${port}`,
    calls,
    inject: (...more) => {
      rules = [...rules, ...more.map((rule) => ({ ...rule }))];
    },
    breakConnections: (fault) => {
      for (const socket of sockets) broken.set(socket, fault);
    },
    heal: () => {
      rules = [];
    },
    refuse: close,
    resume: listen,
    openConnections: () => sockets.size,
    underWay: () => underWay.size,
    stop: async () => {
      if (server.listening) await close();
      agent.destroy();
    },
  };
}

const callIn = (request: IncomingMessage, body: Buffer): Call => ({
  operation: String(request.headers['x-amz-target']).split('.')[1] ?? '',
  table: (JSON.parse(body.toString()) as { TableName?: string }).TableName ?? '',
});

function takeFault(rules: readonly Rule[], { operation, table }: Call): Fault | undefined {
  const rule = rules.find(
    (one) => (one.operation ?? operation) === operation && (one.table ?? table) === table && one.times !== 0,
  );
  if (rule?.skip) {
    rule.skip -= 1;
    return undefined;
  }
  if (rule?.times !== undefined) rule.times -= 1;
  return rule?.fault;
}

function limited(query: Buffer, maxRows: number): Buffer {
  const input = JSON.parse(query.toString()) as { Limit?: number };
  return (input.Limit ?? Number.POSITIVE_INFINITY) <= maxRows
    ? query
    : Buffer.from(JSON.stringify({ ...input, Limit: maxRows }));
}

async function passOn(target: string, agent: Agent, request: IncomingMessage, body: Buffer): Promise<Reply> {
  const { connection: _, 'content-length': __, ...headers } = request.headers;
  const outgoing = sendRequest(`${target}${request.url}`, { method: request.method, headers, agent }).end(body);
  const [incoming]: IncomingMessage[] = await once(outgoing, 'response');
  if (!incoming) throw new TypeError('a response without a message');
  return { status: incoming.statusCode ?? 0, headers: incoming.headers, body: await buffer(incoming) };
}

const pass: Fault = async (response, forward) => {
  const { status, headers, body } = await forward();
  response.writeHead(status, plain(headers)).end(body);
};

/** Removes connection and length headers. */
const plain = ({ connection, 'transfer-encoding': _, 'content-length': __, ...headers }: IncomingMessage['headers']) =>
  headers;
