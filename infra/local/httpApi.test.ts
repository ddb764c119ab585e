import { type IncomingMessage, request } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { readBody, send, toEvent } from './httpApi';
import { listenOnLocalhost } from './listen';

/** Sends a request to a server that answers it with `answer`; resolves to the event that it made, and the response. */
async function exchange(options: object, answer: unknown = { statusCode: 200 }, sent = '') {
  let event: APIGatewayProxyEventV2 | undefined;
  const { port, close } = await listenOnLocalhost(0, async (message, response) => {
    event = toEvent('$default', 'id', message, (await readBody(message)) ?? Buffer.of());
    send(answer, response);
  });
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request({ port, host: '127.0.0.1', ...options }, resolve)
      .on('error', reject)
      .end(sent);
  });
  const body = await buffer(response);
  close();
  return { event, status: response.statusCode, headers: response.headers, body };
}

it('keeps path and query as sent', async () => {
  const { event } = await exchange({ path: '/a/../b%2f/?x=%2f&x=2&y=a+b' });
  expect(event).toMatchObject({
    rawPath: '/a/../b%2f/',
    rawQueryString: 'x=%2f&x=2&y=a+b',
    queryStringParameters: { x: '/,2', y: 'a b' },
    requestContext: { http: { method: 'GET', path: '/a/../b%2f/', sourceIp: '127.0.0.1' } },
  });
});

it('joins repeated headers under lower-case names', async () => {
  const { event } = await exchange({ headers: { 'X-Api-Key': ['a', 'b'] } });
  expect(event?.headers).toMatchObject({ 'x-api-key': 'a,b' });
});

it('passes a body in base64', async () => {
  const { event } = await exchange({ method: 'POST' }, { statusCode: 200 }, 'ü');
  expect(event).toMatchObject({ body: Buffer.from('ü').toString('base64'), isBase64Encoded: true });
});

it('has the given id and the time', async () => {
  const { event } = await exchange({});
  expect(event?.requestContext.requestId).toBe('id');
  expect(event?.requestContext.time).toMatch(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/);
});

it.each([
  ['http://api.example:8080/a?x=1', '/a', 'x=1', 'api.example:8080'],
  ['HTTPS://api.example', '/', '', 'api.example'],
  ['http://api.example?x', '/', 'x', 'api.example'],
  ['/http://api.example/', '/http://api.example/', '', '127.0.0.1'],
  ['//api.example/', '//api.example/', '', '127.0.0.1'],
  ['/?a=http://api.example/?', '/', 'a=http://api.example/?', '127.0.0.1'],
])('splits the target %s', async (path, rawPath, rawQueryString, host) => {
  const { event } = await exchange({ path, headers: { host: '127.0.0.1' } });
  expect(event).toMatchObject({ rawPath, rawQueryString, headers: { host } });
});

it('sends the bytes of an answer in base64', async () => {
  const answer = { statusCode: 404, headers: { 'x-a': 1 }, body: Buffer.from([0, 255]).toString('base64') };
  const { status, headers, body } = await exchange({}, { ...answer, isBase64Encoded: true });
  expect([status, headers['x-a'], headers['content-length'], [...body]]).toEqual([404, '1', '2', [0, 255]]);
});

it('rejects an answer without a status', async () => {
  expect(() => send({ body: '' }, undefined as never)).toThrow('without a statusCode');
});
