import * as http from 'node:http';
import * as https from 'node:https';
import type { Socket } from 'node:net';

export type Answer = { readonly status: number; readonly headers: http.IncomingHttpHeaders; readonly text: string };

/** POSTs to an endpoint and reads the whole response; rejects without a response, or when `signal` aborts. */
export type Exchange = (headers: Headers, body: string, signal?: AbortSignal) => Promise<Answer>;

type Headers = Readonly<Record<string, string>>;

const MAX_IDLE_MS = 60_000; // as in the AWS SDK for Java 2; a NAT gateway drops idle connections after 350 s

/** A connection idle for longer may be dead; it gets the same time for a response to begin, which takes some 10 ms. */
const DOUBTFUL_MS = 1_000;

/**
 * Creates an exchange over keep-alive connections.
 *
 * A reused connection can die unnoticed, since Lambda freezes the process between invocations and gateways drop idle
 * connections; DynamoDB may be healthy. So a request without a response over a reused connection is repeated once, over
 * a new connection or one that has responded since: all idle connections are closed. As with a retry, the request may
 * reach DynamoDB twice. Both together are one exchange.
 *
 * @param silenceMs the time limit for a response to begin, and between its bytes
 */
export function createExchange(endpoint: URL, silenceMs: number, options: http.AgentOptions = {}): Exchange {
  const { Agent, request: open } = endpoint.protocol === 'http:' ? http : https;
  const agent = new Agent({ keepAlive: true, ...options });
  const lastUse = new WeakMap<Socket, number>(); // wall clock: a monotonic clock may stop while the process is frozen
  const idleMs = (socket: Socket): number => Date.now() - (lastUse.get(socket) ?? 0);

  function closeIdle(longerThanMs = Number.NEGATIVE_INFINITY): void {
    for (const socket of Object.values(agent.freeSockets).flat()) {
      if (socket && idleMs(socket) > longerThanMs) socket.destroy();
    }
  }

  function post(headers: Headers, body: string, signal: AbortSignal | undefined, isRepeat: boolean): Promise<Answer> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted(); // before a connection is opened
      let timer: NodeJS.Timeout | undefined;
      let isFinal = isRepeat; // whether an error ends the exchange
      const request = open(endpoint, { method: 'POST', headers, agent, ...(signal ? { signal } : {}) });
      const expectWithin = (ms: number): void => {
        clearTimeout(timer);
        timer = setTimeout(() => request.destroy(timeoutError(ms)), ms);
      };
      request.on('socket', (socket) => {
        const isDoubtful = request.reusedSocket && idleMs(socket) > DOUBTFUL_MS;
        expectWithin(isDoubtful ? Math.min(DOUBTFUL_MS, silenceMs) : silenceMs);
      });
      request.on('response', (response) => {
        const { socket, statusCode = 0, headers } = response;
        let text = '';
        isFinal = true;
        expectWithin(silenceMs);
        response.setEncoding('utf8').on('data', (chunk) => {
          text += chunk;
          timer?.refresh();
        });
        response.on('error', reject).on('end', () => {
          lastUse.set(socket, Date.now());
          resolve({ status: statusCode, headers, text });
        });
      });
      request.on('error', (error) => {
        if (isFinal || !request.reusedSocket || signal?.aborted) return reject(error);
        isFinal = true;
        closeIdle();
        resolve(post(headers, body, signal, true));
      });
      request.on('close', () => clearTimeout(timer)).end(body);
    });
  }

  return (headers, body, signal) => {
    closeIdle(MAX_IDLE_MS);
    return post(headers, body, signal, false);
  };
}

const timeoutError = (ms: number): Error =>
  Object.assign(new Error(`no answer within ${ms} ms`), { name: 'TimeoutError' });
