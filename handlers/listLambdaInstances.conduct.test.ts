/** The handler's log, outages, secrets and reads. */
import { setTimeout } from 'node:timers/promises';
import fc from 'fast-check';
import { createToken } from '../lib/tokens/token';
import { INSTANCES } from '../test/documented';
import { EVENT_FORMATS, type EventFormat, PATH } from '../test/events';
import { authorized, newToken, SimulatedApi, tableIn } from '../test/simulatedApi';

let api: SimulatedApi;

beforeAll(() => {
  api = new SimulatedApi(() => jest.requireActual('./listLambdaInstances'));
});

beforeEach(() => api.reset(INSTANCES));

afterAll(() => jest.restoreAllMocks());

describe('the handler', () => {
  const [format] = EVENT_FORMATS as [EventFormat];
  const serviceError = (name: string, httpStatusCode = 400) =>
    Object.assign(new Error('table/tokens'), { name, $metadata: { httpStatusCode } });

  it('logs one line per request, with the token’s id and without private data', async () => {
    const token = await api.putToken({ tokenId: { S: 'id-1' } });
    await api.ask(format, { query: 'limit=2&page=1&x=private', headers: { ...authorized(token), Cookie: 'private' } });
    expect(api.lines).toEqual([
      expect.objectContaining({
        level: 'info',
        message: 'request',
        method: 'GET',
        path: PATH,
        status: 200,
        tokenId: 'id-1',
        items: 2,
        calls: 2,
        readUnits: 1.5,
      }),
    ]);
    expect(api.log).not.toMatch(/private/);
  });

  it('logs the steps, the request and the response', async () => {
    const headers = authorized(await api.putToken());
    await api.ask(format, { query: 'limit=02&page=1&after=1.0', headers });
    expect(api.lines.at(-1)).toMatchObject({
      limit: 2,
      page: 1,
      after: '1',
      steps: { token: expect.any(Number), page: expect.any(Number) },
    });
    const sent = await api.ask(format, { headers });
    expect(api.lines.at(-1)).toMatchObject({ bytes: Buffer.byteLength(sent.text) });
    expect(api.lines.at(-1)).not.toHaveProperty('coding');
    await api.ask(format, { method: 'HEAD', headers });
    expect(api.lines.at(-1)).toMatchObject({ method: 'HEAD', status: 200, bytes: 0 });
    api.reset(Array.from({ length: 200 }, (_, i) => ({ id: { N: String(i) }, uuid: { N: '1' } })));
    const again = authorized(await api.putToken());
    for (const { toEvent } of EVENT_FORMATS.filter(({ source }) => source !== 'rest-api')) {
      const event = toEvent({ headers: { ...again, 'accept-encoding': 'gzip' } });
      const response = await api.respond(event);
      expect(response.isBase64Encoded).toBe(true);
      const bytes = Buffer.from(response.body, 'base64').length;
      expect(api.lines.at(-1)).toMatchObject({ coding: 'gzip', bytes });
    }
  });

  it('logs why a token was refused, without returning the reason', async () => {
    const expired = await api.putToken({ tokenId: { S: 'id-e' }, expiresAt: { N: '1' } });
    const revoked = await api.putToken({ tokenId: { S: 'id-r' }, revoked: { BOOL: true } });
    const damaged = await api.putToken({ tokenId: { S: 'id-d' }, label: { N: '1' } });
    const mistyped = `${createToken().slice(0, -1)}~`;
    const answers: unknown[] = [];
    const note = async (headers: Record<string, string>) => {
      const { status, headers: sent, problem } = await api.ask(format, { query: 'limit=private', headers });
      answers.push({ status, headers: sent, problem });
      const { reason, tokenId } = api.lines.at(-1) ?? {};
      return [reason, tokenId];
    };
    expect(await note({})).toEqual(['missing', undefined]);
    expect(await note({ authorization: 'Token not, one' })).toEqual(['malformed', undefined]);
    expect(await note(authorized(mistyped))).toEqual(['mistyped', undefined]);
    expect(await note(authorized(newToken()))).toEqual(['unknown', undefined]);
    expect(await note(authorized(expired))).toEqual(['expired', 'id-e']);
    expect(await note(authorized(revoked))).toEqual(['revoked', 'id-r']);
    expect(await note(authorized(damaged))).toEqual(['malformed row', 'id-d']);
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(api.log).not.toMatch(/private|not, one/);
    expect(api.log).not.toContain(mistyped);
  });

  it.each([
    ['limit=private&page=1', 'bad-parameter', 'limit'],
    ['limit=1&page=private', 'bad-parameter', 'page'],
    ['limit=1', 'missing-parameter', 'page'],
    ['limit=1&page=0', 'non-positive-parameter', 'page'],
    ['limit=1&page=1&after=private', 'bad-parameter', 'after'],
    ['limit=1&page=1&page=1', 'bad-parameter', 'page'],
  ])('logs which parameter was refused, without its value: %s', async (query, problem, parameter) => {
    await api.ask(format, { query, headers: authorized(await api.putToken()) });
    expect(api.lines.at(-1)).toMatchObject({ status: 400, problem, parameter });
    expect(api.log).not.toMatch(/private/);
  });

  describe.each(['tokens', 'instances'])('if the table of %s fails', (table) => {
    it.each([
      ['ProvisionedThroughputExceededException', 400, 503],
      ['ThrottlingException', 400, 503],
      ['InternalServerError', 500, 503],
      ['ResourceNotFoundException', 400, 500],
      ['AccessDeniedException', 400, 500],
      ['UnrecognizedClientException', 400, 500],
      ['ValidationException', 400, 500],
    ])('answers %s (%d) with %d', async (name, httpStatus, status) => {
      const token = await api.putToken();
      api.carryOut(async (command, execute) => {
        if (tableIn(command) === table) throw serviceError(name, httpStatus);
        return execute();
      });
      const answer = await api.ask(format, { headers: authorized(token) });
      expect(answer.status).toBe(status);
      expect(answer.headers['retry-after']).toBe(status === 503 ? '1' : undefined);
      expect(answer.text).not.toMatch(/table|tokens/);
      expect(api.reads.at(-1)).toBe(table);
      expect(api.lines.map(({ level }) => level)).toEqual([status === 503 ? 'warn' : 'error', 'info']);
      expect(api.log).toContain(name);
    });

    it('answers 503 within the invocation’s time if a call hangs', async () => {
      const token = await api.putToken();
      api.carryOut((command, execute) =>
        tableIn(command) === table ? new Promise(() => {}) : Promise.resolve(execute()),
      );
      const asked = api.ask(format, { headers: authorized(token) }, { getRemainingTimeInMillis: () => 400 });
      const timer = new AbortController(); // a busy machine delays both
      const first = await Promise.race([asked, setTimeout(400, 'the end of the invocation', timer)]);
      timer.abort();
      expect(first).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
    });
  });

  it('reads while it verifies a token that it has verified before', async () => {
    const headers = authorized(await api.putToken());
    await api.ask(format, { headers });
    let atOnce = 0;
    api.carryOut(async (_, execute) => {
      atOnce += 1;
      await new Promise(setImmediate);
      expect(atOnce).toBe(2);
      return execute();
    });
    expect((await api.ask(format, { headers })).status).toBe(200);
  });

  it('answers 401, without a trace of the read, if a token verified before is refused', async () => {
    const token = newToken();
    await api.putToken({}, token);
    expect((await api.ask(format, { headers: authorized(token) })).status).toBe(200);
    await api.putToken({ revoked: { BOOL: true } }, token);
    const { 'x-request-id': id, ...headers } = (await api.ask(format)).headers;
    const answer = await api.ask(format, { headers: authorized(token), query: 'limit=x' });
    expect(answer).toMatchObject({ status: 401, headers });
    const { instance, ...problem } = answer.problem;
    expect(problem).toEqual({ ...(await api.ask(format)).problem, instance: undefined });
    expect((await api.ask(format, { headers: authorized(token) })).status).toBe(401);
    expect(api.reads).toEqual(['tokens']);
  });

  it('does not log reads for a token that is then refused', async () => {
    const token = newToken();
    api.reset([{ id: { N: '1' } }]);
    await api.putToken({}, token);
    expect((await api.ask(format, { headers: authorized(token) })).status).toBe(200);
    expect(api.takeLog()).toContain('damaged');
    await api.putToken({ revoked: { BOOL: true } }, token);
    expect((await api.ask(format, { headers: authorized(token) })).status).toBe(401);
    expect(api.reads.sort()).toEqual(['instances', 'tokens']);
    expect(api.log).not.toContain('damaged');
    expect(api.lines.at(-1)).toMatchObject({ status: 401, items: 0 });
    expect(api.lines.at(-1)).not.toHaveProperty('DamagedRecords');
  });

  it('never logs or returns a token, in any header and with any outcome', async () => {
    const failures = [undefined, 'ThrottlingException', 'AccessDeniedException', 'SyntaxError'];
    const sound = fc.stringMatching(/^[!#-+\--~]{8,60}$/);
    const broken = fc
      .tuple(sound, fc.constantFrom(',', ' ', '"', '\u00e9', '\n'))
      .map(([text, bad]) => text + bad + text);
    const anyHeaders = fc.tuple(
      fc.constantFrom('Authorization', 'Authentication', 'X-Api-Key'),
      fc.constantFrom('Token ', 'token  ', '', 'Bearer '),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...EVENT_FORMATS),
        fc.oneof(sound, broken),
        anyHeaders,
        fc.constantFrom(...failures),
        fc.boolean(),
        fc.constantFrom('GET', 'HEAD', 'OPTIONS', 'POST'),
        async (eventFormat, token, [name, prefix], failure, isLive, method) => {
          api.reset(INSTANCES);
          if (isLive) await api.putToken({}, token);
          api.carryOut(async (_, execute) => {
            if (failure) throw serviceError(failure);
            return execute();
          });
          const { headers, text } = await api.ask(eventFormat, { method, headers: { [name]: prefix + token } });
          const written = JSON.stringify([headers, text, api.log]);
          expect(written).not.toContain(JSON.stringify(token).slice(1, -1));
          expect(written).not.toContain(token.slice(0, 8));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('reads the token once and no instances for a refused caller, with any parameters', async () => {
    const texts = fc.constantFrom('', '0', '1', '-1', 'x', '9'.repeat(50));
    const query = fc.record({ limit: texts, page: texts }, { requiredKeys: [] });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...EVENT_FORMATS),
        query,
        fc.boolean(),
        async (eventFormat, parameters, isSound) => {
          const token = isSound ? newToken() : 'a,b';
          const text = new URLSearchParams(parameters as Record<string, string>).toString();
          expect((await api.ask(eventFormat, { query: text, headers: authorized(token) })).status).toBe(401);
          expect(api.reads).toEqual(isSound ? ['tokens'] : []);
        },
      ),
    );
  });
});
