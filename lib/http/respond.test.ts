import { receive } from '../../infra/local/receive';
import { EVENT_FORMATS, PATH, REQUEST_ID } from '../../test/events';
import { expectDescribed } from '../../test/openapi';
import { RefusedError, UnavailableError } from '../errors';
import { responseTooLarge } from '../listApi/listBody';
import { LAMBDA_INSTANCES } from '../listApi/resource';
import { createLog } from '../log';
import type { Answer, GatewayResponse } from './answer';
import { type Api, respond } from './respond';

const [HTTP_API, , REST_API] = EVENT_FORMATS;
const EVENT = HTTP_API?.toEvent();
const ANSWER: Answer = {
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: '{"data":[]}',
  tooLarge: responseTooLarge(),
};
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

/** A handler with this GET, and its log lines. */
function handling(get: Api['get'], config: Partial<Api['config']> = {}) {
  const lines: string[] = [];
  const handler = respond(LAMBDA_INSTANCES, () => ({
    log: createLog('info', (line) => lines.push(line)),
    config: { publicBaseUrl: undefined, corsOrigins: [], compressRestResponses: false, ...config },
    get,
  }));
  return { handler, log: () => lines.map((line) => JSON.parse(line)) };
}

const answering = (answer = ANSWER) => handling(async () => answer);
const failing = (error: unknown) => handling(() => Promise.reject(error));

const headersOf = (response: GatewayResponse) => receive(response).headers;

const problemOf = ({ body }: GatewayResponse) => JSON.parse(body);

describe.each(EVENT_FORMATS)('a handler for $name', ({ toEvent, source }) => {
  const isAlb = source.startsWith('alb');

  it('answers in the form of its event source', async () => {
    const response = await answering().handler(toEvent());
    expect(response).toMatchObject({ statusCode: 200, body: '{"data":[]}', isBase64Encoded: false });
    expect(headersOf(response)).toMatchObject({
      'content-type': 'application/json',
      'x-content-type-options': 'nosniff',
    });
    expect('statusDescription' in response).toBe(isAlb);
    expect('multiValueHeaders' in response).toBe(source === 'alb-multi-value');
    expect('headers' in response).toBe(source !== 'alb-multi-value');
  });

  it('answers HEAD with the headers of GET and no body', async () => {
    const { handler } = answering({ ...ANSWER, body: Buffer.from('compressed') });
    const [get, head] = [await handler(toEvent()), await handler(toEvent({ method: 'HEAD' }))];
    const withId = (response: GatewayResponse) => ({ ...headersOf(response), 'x-request-id': 'id' });
    expect(withId(head)).toEqual(withId(get));
    expect(head).toMatchObject({ statusCode: 200, body: '', isBase64Encoded: false });
  });

  it('answers a refused HEAD with the headers of GET and no body', async () => {
    const { handler } = failing(new RefusedError('invalid-token', 'x'));
    const response = await handler(toEvent({ method: 'HEAD' }));
    expect(response).toMatchObject({ statusCode: 401, body: '', isBase64Encoded: false });
    expect(headersOf(response)).toMatchObject({
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      'www-authenticate': 'Token realm="lambda-instances"',
    });
  });

  it('answers OPTIONS without a credential', async () => {
    const get = jest.fn();
    const response = await handling(get).handler(toEvent({ method: 'OPTIONS' }));
    expect(response).toMatchObject({ statusCode: 204, body: '', isBase64Encoded: false });
    expect(headersOf(response)).toMatchObject({ allow: 'GET, HEAD, OPTIONS' });
    expect(headersOf(response)['access-control-allow-origin']).toBeUndefined();
    expect(get).not.toHaveBeenCalled();
  });

  it.each(['POST', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'get'])('rejects %s without a read', async (method) => {
    const get = jest.fn();
    const response = await handling(get).handler(toEvent({ method }));
    expect(response.statusCode).toBe(405);
    expect(headersOf(response)).toMatchObject({ allow: 'GET, HEAD, OPTIONS', 'cache-control': 'no-store' });
    expect(problemOf(response)).toMatchObject({ title: 'Method not allowed', errors: [{ code: 405 }] });
    expect(get).not.toHaveBeenCalled();
  });

  it.each(['/', `${PATH}/1`, `${PATH}//`, '/x'])('answers 404 at %s without a read', async (path) => {
    const get = jest.fn();
    const response = await handling(get).handler(toEvent({ path }));
    expect(response.statusCode).toBe(404);
    expect(problemOf(response)).toMatchObject({ title: 'Not found', errors: [{ code: 404, details: 'not found' }] });
    expect(get).not.toHaveBeenCalled();
  });

  it('uses the same request id in header, problem and log', async () => {
    const { handler, log } = failing(new RefusedError('no-instances', 'x'));
    const response = await handler(toEvent(), { awsRequestId: 'aws-1' });
    const id = isAlb ? 'aws-1' : REQUEST_ID;
    expect(headersOf(response)['x-request-id']).toBe(id);
    expect(problemOf(response).instance).toBe(id);
    expect(log()).toEqual([expect.objectContaining({ requestId: id })]);
  });

  it('refuses an answer one byte above its event source’s limit, and sends one at the limit', async () => {
    const max = isAlb ? 1_048_576 : 6_291_556;
    const sizeOf = (response: GatewayResponse) => Buffer.byteLength(JSON.stringify(response));
    const answerOf = (length: number) =>
      answering({ ...ANSWER, body: 'x'.repeat(length) }).handler(toEvent(), { awsRequestId: UUID_LONG });
    const most = max - sizeOf(await answerOf(0));
    const whole = await answerOf(most);
    expect(whole.statusCode).toBe(200);
    expect(sizeOf(whole)).toBe(max);
    const refused = await answerOf(most + 1);
    expect(refused.statusCode).toBe(400);
    expectDescribed(refused, { method: 'GET' });
    expect(problemOf(refused)).toMatchObject({
      type: 'urn:problem-type:lambda-instances:response-too-large',
      detail: 'The list does not fit into one response: pass limit and page, or a smaller limit',
      errors: [{ message: 'Too many lambda instances', code: 400, details: 'bad request' }],
    });
    expect(headersOf(refused)['x-total-count']).toBeUndefined();
  });

  it('refuses an oversized answer with the answer’s own refusal', async () => {
    const tooLarge = responseTooLarge({ total: 700 });
    const refused = await answering({ ...ANSWER, tooLarge, body: 'x'.repeat(6_291_556) }).handler(toEvent());
    expect(refused.statusCode).toBe(400);
    expect(headersOf(refused)['x-total-count']).toBe('700');
  });
});

const UUID_LONG = '00000000-0000-4000-8000-000000000000';

describe('a handler', () => {
  it.each([undefined, null, 0, true, 'text', [], {}, { Records: [] }, { httpMethod: 'GET' }, [[EVENT]]])(
    'answers an unknown event with a problem: %j',
    async (event) => {
      const get = jest.fn();
      const { handler, log } = handling(get);
      const response = await handler(event);
      expect(response).toMatchObject({
        statusCode: 400,
        headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store' },
        isBase64Encoded: false,
      });
      expect(problemOf(response)).toMatchObject({
        type: 'urn:problem-type:lambda-instances:unknown-event',
        detail: 'The event does not come from API Gateway, a Function URL or an ALB',
        errors: [{ message: 'Bad request', code: 400, details: 'bad request' }],
      });
      expect(get).not.toHaveBeenCalled();
      expect(log()).toEqual([expect.objectContaining({ status: 400, problem: 'unknown-event' })]);
    },
  );

  it.each([undefined, null, 7, 'x', {}, { awsRequestId: 7 }, { awsRequestId: '' }, { awsRequestId: 'a\r\nb: c' }])(
    'generates a request id if the context has none: %j',
    async (context) => {
      const { headers } = await answering().handler({ ...EVENT, requestContext: { http: { method: 'GET' } } }, context);
      expect(headers?.['x-request-id']).toMatch(UUID);
    },
  );

  it.each([
    ['a'.repeat(128), true],
    ['a'.repeat(129), false],
    ['c6af9ac6-7b61-11e6-9a41-93e8deadbeef', true],
    ['JKJaXmPLvHcESHA=', true],
    ['1-67a/b+c_d.e:f', true],
    ['a b', false],
    ['a\nb', false],
    ['é', false],
  ])('adopts %.20j as a request id: %j', async (requestId, isTaken) => {
    const event = { ...EVENT, requestContext: { requestId, http: { method: 'GET' } } };
    const { headers } = await answering().handler(event, { awsRequestId: 'aws-1' });
    expect(headers?.['x-request-id']).toBe(isTaken ? requestId : 'aws-1');
  });

  it.each([
    ['an outage', new UnavailableError('host 192.0.2.1'), 503, 'warn', 'DynamoDB was not available'],
    ['a bug', new TypeError('arn:aws:dynamodb'), 500, 'error', 'the request failed'],
    ['a thrown string', 'arn:aws:dynamodb', 500, 'error', 'the request failed'],
    ['a thrown undefined', undefined, 500, 'error', 'the request failed'],
  ])('describes %s in the log, not in the response', async (_, error, status, level, message) => {
    const { handler, log } = failing(error);
    const response = await handler(EVENT);
    expect(response.statusCode).toBe(status);
    expectDescribed(response, { method: 'GET' });
    expect(JSON.stringify(response)).not.toMatch(/192\.0\.2\.1|arn:aws/);
    const [cause, request] = log();
    expect(cause).toMatchObject({ level, message, requestId: REQUEST_ID });
    if (error instanceof Error) expect(cause.error).toMatchObject({ name: error.name, message: error.message });
    expect(request).toMatchObject({ level: 'info', message: 'request', status });
  });

  it('logs one line per request, with its result and cost', async () => {
    const { handler, log } = handling(async (_, { trace }) => {
      Object.assign(trace, { calls: 2, readUnits: 1.5, items: 5, tokenId: 'id-1', damagedRecords: 1 });
      trace.asked = { limit: 25, page: 3, after: undefined };
      trace.timings.set('token', 4.06).set('page', 8);
      return ANSWER;
    });
    const clock = jest.spyOn(process.hrtime, 'bigint').mockReturnValueOnce(1_000_000_000n);
    clock.mockReturnValueOnce(1_012_250_000n);
    await handler(EVENT, { functionName: 'listLambdaInstances', functionVersion: '7' });
    clock.mockRestore();
    const { time, _aws, ...line } = log()[0];
    expect(line).toEqual({
      level: 'info',
      message: 'request',
      requestId: REQUEST_ID,
      method: 'GET',
      path: PATH,
      status: 200,
      durationMs: 12.3,
      items: 5,
      calls: 2,
      readUnits: 1.5,
      tokenId: 'id-1',
      limit: 25,
      page: 3,
      steps: { token: 4.1, page: 8 },
      bytes: expect.any(Number),
      FunctionName: 'listLambdaInstances',
      FunctionVersion: '7',
      ReadUnits: 1.5,
      DamagedRecords: 1,
    });
    expect(log()).toHaveLength(1);
  });

  it.each([
    [500, new TypeError('a bug'), 1],
    [503, new UnavailableError('throttled'), undefined],
    [400, new RefusedError('response-too-large', 'too large'), undefined],
  ])('counts internal errors per version after a %d: %o', async (status, error, count) => {
    const { handler, log } = handling(() => Promise.reject(error));
    await handler(EVENT, { functionName: 'list', functionVersion: '7' });
    const line = log().at(-1);
    expect([line.status, line.InternalErrors]).toEqual([status, count]);
    expect(JSON.stringify(line).includes('["FunctionName","FunctionVersion"]')).toBe(count === 1);
  });

  it('omits unknown methods and paths from the log, since they may contain a misplaced token', async () => {
    const { handler, log } = answering();
    const ask = (method: string, rawPath: string) =>
      handler({ ...EVENT, rawPath, requestContext: { http: { method } } });
    for (const method of ['secret', 'secretGET', 'GETsecret']) await ask(method, '/secret');
    await ask('GET', '/secret/backend/lambda-instances/');
    const nothing = [undefined, undefined];
    expect(log().map(({ method, path }) => [method, path])).toEqual([
      nothing,
      nothing,
      nothing,
      ['GET', '/backend/lambda-instances'],
    ]);
  });

  it('answers even if the context throws', async () => {
    const { handler } = answering();
    const context = {
      getRemainingTimeInMillis: () => {
        throw new Error('boom');
      },
    };
    expect(await handler(EVENT, context)).toMatchObject({ statusCode: 500 });
  });

  it('answers 503 before its time is over, and aborts the read', async () => {
    let signal: AbortSignal | undefined;
    const { handler } = handling((_, { deadline }) => {
      signal = deadline;
      return new Promise(() => {});
    });
    const response = await handler(EVENT, { getRemainingTimeInMillis: () => 40 });
    expect(response).toMatchObject({ statusCode: 503, headers: { 'retry-after': '1', 'cache-control': 'no-store' } });
    expectDescribed(response, { method: 'GET' });
    expect(signal?.aborted).toBe(true);
  });

  it.each([
    ['a preflight', { method: 'OPTIONS' }, 204],
    ['an answer', {}, 200],
    ['a problem', { path: '/x' }, 404],
    ['a disallowed method', { method: 'POST' }, 405],
  ])('allows only configured origins to read %s', async (_, request, status) => {
    const { handler } = handling(async () => ANSWER, { corsOrigins: ['https://app.example.org'] });
    const ask = (origin: string) => handler(HTTP_API?.toEvent({ ...request, headers: { Origin: origin } }));
    const [own, other] = [await ask('https://app.example.org'), await ask('https://evil.example')];
    for (const response of [own, other]) expect(response.statusCode).toBe(status);
    expect(own.headers).toMatchObject({
      'access-control-allow-origin': 'https://app.example.org',
      vary: expect.stringContaining('Origin'),
    });
    expect(Object.keys(own.headers ?? {}).includes('access-control-allow-methods')).toBe(status === 204);
    expect(Object.keys(other.headers ?? {}).filter((name) => name.startsWith('access-control'))).toEqual([]);
    expect(other.headers?.vary).toContain('Origin');
  });

  it('answers GET with 500 if its configuration is wrong', async () => {
    const write = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
    const handler = respond(LAMBDA_INSTANCES, () => {
      throw new Error('TOKENS_TABLE is not set');
    });
    const events = [EVENT, HTTP_API?.toEvent({ method: 'POST' }), {}, REST_API?.toEvent()];
    const responses = [];
    for (const event of events) responses.push(await handler(event));
    const lines = write.mock.calls.map(([line]) => JSON.parse(String(line)));
    write.mockRestore();
    expect(responses.map(({ statusCode }) => statusCode)).toEqual([500, 405, 400, 500]);
    expect(responses[3]?.headers?.vary).toBe('Authorization, Authentication, X-Api-Key');
    expect(responses[0]?.body).not.toContain('TOKENS_TABLE');
    expect(lines[0]).toMatchObject({
      level: 'error',
      message: 'the function is misconfigured',
      error: { message: 'TOKENS_TABLE is not set' },
    });
    expect(lines[1]).toMatchObject({ message: 'the request failed', error: { message: 'TOKENS_TABLE is not set' } });
  });
});
