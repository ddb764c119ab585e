import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { createExchange, type Exchange } from './exchange';

type Respond = (response: ServerResponse) => unknown;

const answer: Respond = (response) => response.writeHead(200, { 'x-own': 'header' }).end('hällo');
const begin: Respond = (response) => response.writeHead(200, { 'content-length': 99 }).write('{');
const breakOff: Respond = (response) =>
  response.writeHead(200, { 'content-length': 99 }).write('{', () => response.destroy());
const reset: Respond = (response) => response.socket?.resetAndDestroy();
const close: Respond = (response) => response.destroy();
const garble: Respond = (response) => response.socket?.end('SSH-2.0-OpenSSH_9.6\r\n');
const hang: Respond = () => {};

let server: Server;
let exchange: Exchange;
let respond: (connection: number) => Respond;
/** In the order of opening; numbered from 1. */
let connections: Socket[];
/** The connection number of each request. */
let used: number[];

beforeEach(async () => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'clearImmediate', 'queueMicrotask'] });
  connections = [];
  used = [];
  respond = () => answer;
  server = createServer((request, response) => {
    const connection = connections.indexOf(request.socket) + 1;
    used.push(connection);
    request.resume().on('end', () => respond(connection)(response));
  });
  server.on('connection', (socket) => connections.push(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  exchange = createExchange(new URL(`http://127.0.0.1:${port}/path`), 3_000);
});
afterEach(() => {
  jest.useRealTimers();
  server.closeAllConnections();
  server.close();
});

const post = (signal?: AbortSignal) => exchange({ 'content-length': '2' }, '{}', signal);

/** Posts and waits until the request has arrived; the result is a status, or an error's code or name. */
async function posted(signal?: AbortSignal): Promise<{ outcome: Promise<unknown> }> {
  const outcome = post(signal).then(
    ({ status }) => status,
    ({ code, name }) => (typeof code === 'string' && name === 'Error' ? code : name),
  );
  await once(server, 'request');
  return { outcome };
}

/** Leaves connections 1 to `count` idle. */
async function leaveIdle(count: number): Promise<void> {
  await Promise.all(Array.from({ length: count }, () => post()));
  expect(used.sort()).toEqual(Array.from({ length: count }, (_, i) => i + 1));
  used = [];
}

const outcomeOf = async (): Promise<unknown> => (await posted()).outcome;

/** Resolves when the client has closed a connection. */
async function closed(number: number): Promise<void> {
  const connection = connections[number - 1];
  if (connection?.closed === false) await once(connection, 'close');
}

/** Lets pending I/O on both sides complete without advancing the clock. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
}

it('posts headers and body to the endpoint, and reads the whole response', async () => {
  const received = once(server, 'request').then(async ([request]: IncomingMessage[]) => request);
  let body = '';
  respond = () => answer;
  server.prependOnceListener('request', async (request) => {
    body = await text(request);
  });
  const got = await exchange({ 'x-some': 'thing', 'content-length': '3' }, 'ü{');
  const { method, url, headers } = (await received) as IncomingMessage;
  expect({ method, url, body, some: headers['x-some'], connection: headers.connection }).toEqual({
    method: 'POST',
    url: '/path',
    body: 'ü{',
    some: 'thing',
    connection: 'keep-alive',
  });
  expect([got.status, got.headers['x-own'], got.text]).toEqual([200, 'header', 'hällo']);
});

it('reuses a connection', async () => {
  for (const _ of 'abc') await post();
  expect(used).toEqual([1, 1, 1]);
});

describe.each(Object.entries({ reset, close, garble }))('a request that meets a %s', (_, breakDown) => {
  it('fails if the connection is new', async () => {
    respond = () => breakDown;
    expect(await outcomeOf()).toMatch(/^ECONNRESET$|^HPE_/);
    expect(used).toEqual([1]);
  });

  it('is repeated over a new connection if the connection was reused, and closes the other idle ones', async () => {
    await leaveIdle(3);
    respond = (connection) => (connection <= 3 ? breakDown : answer);
    expect(await outcomeOf()).toBe(200);
    await Promise.all([1, 2, 3].map(closed));
    expect(await outcomeOf()).toBe(200);
    expect(used.slice(1)).toEqual([4, 4]);
  });

  it('is repeated at most once', async () => {
    await leaveIdle(3);
    respond = () => breakDown;
    expect(await outcomeOf()).toMatch(/^ECONNRESET$|^HPE_/);
    expect(used.slice(1)).toEqual([4]);
  });
});

it('does not repeat a request after the response has begun', async () => {
  await leaveIdle(1);
  respond = () => breakOff;
  expect(await outcomeOf()).toBe('ECONNRESET');
  expect(used).toEqual([1]);
});

it('rejects without repeating when its signal aborts, and keeps idle connections', async () => {
  await leaveIdle(2);
  respond = () => hang;
  const controller = new AbortController();
  const { outcome } = await posted(controller.signal);
  controller.abort();
  expect(await outcome).toBe('AbortError');
  const [abandoned] = used;
  respond = () => answer;
  expect(await outcomeOf()).toBe(200);
  expect(used).toEqual([abandoned, 3 - Number(abandoned)]);
});

it('sends nothing if its signal has aborted', async () => {
  await expect(post(AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });
  await settle();
  expect(connections).toHaveLength(0);
});

it('reuses a connection that was idle for a minute', async () => {
  await leaveIdle(2);
  jest.setSystemTime(Date.now() + 60_000);
  expect(await outcomeOf()).toBe(200);
  expect([1, 2]).toContain(used[0]);
});

it('closes connections that were idle for longer and opens a new one', async () => {
  await leaveIdle(2);
  jest.setSystemTime(Date.now() + 60_001);
  expect(await outcomeOf()).toBe(200);
  await Promise.all([1, 2].map(closed));
  expect(used).toEqual([3]);
});

it('closes only connections that were idle for longer', async () => {
  await leaveIdle(2);
  jest.setSystemTime(Date.now() + 60_000);
  await post();
  jest.setSystemTime(Date.now() + 1);
  await post();
  const [first, second] = used;
  expect(second).toBe(first);
  await closed(3 - Number(first));
});

describe('a request without a response', () => {
  it('times out if the connection is new', async () => {
    respond = () => hang;
    const { outcome } = await posted();
    jest.advanceTimersByTime(3_000);
    expect(await outcome).toBe('TimeoutError');
    expect(used).toEqual([1]);
    await closed(1);
  });

  it.each([
    [0, 3_000],
    [1_000, 3_000],
    [1_001, 1_000],
    [60_000, 1_000],
  ])('over a connection idle for %d ms, is repeated over a new one after %d ms', async (idleMs, givenUpMs) => {
    await leaveIdle(2);
    jest.setSystemTime(Date.now() + idleMs);
    respond = (connection) => (connection <= 2 ? hang : answer);
    const { outcome } = await posted();
    jest.advanceTimersByTime(givenUpMs - 1);
    await settle();
    expect(connections).toHaveLength(2);
    jest.advanceTimersByTime(1);
    expect(await outcome).toBe(200);
    expect(used.slice(1)).toEqual([3]);
    await Promise.all([1, 2].map(closed));
  });

  it('has the full time for the repetition', async () => {
    await leaveIdle(1);
    jest.setSystemTime(Date.now() + 2_000);
    respond = () => hang;
    const { outcome } = await posted();
    const repeated = once(server, 'request');
    jest.advanceTimersByTime(1_000);
    await repeated;
    jest.advanceTimersByTime(2_999);
    await settle();
    expect(connections[1]?.closed).toBe(false);
    jest.advanceTimersByTime(1);
    expect(await outcome).toBe('TimeoutError');
    expect(used).toEqual([1, 2]);
  });
});

it.each([
  ['new', 0],
  ['kept', 2_000], // less time for the response to begin, the same between bytes
])('fails over a %s connection if the response pauses for too long', async (_, idleMs) => {
  if (idleMs > 0) await leaveIdle(1);
  jest.setSystemTime(Date.now() + idleMs);
  let response: ServerResponse | undefined;
  respond = () => (begun) => {
    response = begun;
    begin(begun);
  };
  const { outcome } = await posted();
  await settle();
  for (const piece of 'abc') {
    jest.advanceTimersByTime(2_999);
    response?.write(piece);
    await settle();
  }
  expect(connections[0]?.closed).toBe(false);
  jest.advanceTimersByTime(3_000);
  expect(await outcome).toMatch(/^(TimeoutError|ECONNRESET)$/);
  expect(used).toEqual([1]);
});
