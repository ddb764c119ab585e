/** The contract of the API, for each event source. */
import { ALL, INSTANCES, SECOND_PAGE } from '../test/documented';
import { EVENT_FORMATS, PATH, type WireRequest } from '../test/events';
import { authorized, type Item, newToken, SimulatedApi } from '../test/simulatedApi';

const DIGITS_38 = '98765432109876543210987654321098765432';

let api: SimulatedApi;

beforeAll(() => {
  api = new SimulatedApi(() => jest.requireActual('./listLambdaInstances'));
});

beforeEach(() => api.reset(INSTANCES));

afterAll(() => jest.restoreAllMocks());

describe.each(EVENT_FORMATS)('GET /backend/lambda-instances through $name', (format) => {
  describe('lists the instances', () => {
    it.each(['Authorization', 'Authentication', 'x-api-key', 'authorization', 'X-API-KEY'])(
      'for a token in the header %s, with and without a trailing slash, after any base path',
      async (name) => {
        const token = await api.putToken();
        for (const path of [PATH, `${PATH}/`, `/v1${PATH}`, `/orders/v2${PATH}/`]) {
          const value = name.toLowerCase() === 'x-api-key' ? token : `Token ${token}`;
          const answer = await api.ask(format, { path, headers: { [name]: value } });
          expect(answer).toMatchObject({
            status: 200,
            text: ALL,
            headers: { 'content-type': 'application/json', 'cache-control': 'private, no-cache' },
          });
        }
      },
    );

    it.each([
      ['limit=2&page=2', SECOND_PAGE],
      ['page=2&limit=2', SECOND_PAGE],
      ['limit=02&page=0000000002&LIMIT=x&other=1&other=2', SECOND_PAGE],
      ['limit=%32&%70age=2', SECOND_PAGE],
      ['limit=5&page=1', ALL],
      [`limit=${'9'.repeat(60)}&page=1`, ALL],
      ['Limit=1&Page=1', ALL],
      ['', ALL],
    ])('for the query %.40s', async (query, text) => {
      const answer = await api.ask(format, { query, headers: authorized(await api.putToken()) });
      expect(answer).toMatchObject({ status: 200, text });
      expect(api.reads).toEqual(['tokens', 'instances']);
    });

    it.each(['text/html', 'application/xml, */*;q=0', 'application/json;q=0', ''])(
      'as JSON, problems included, for Accept: %j',
      async (accept) => {
        const listed = await api.ask(format, { headers: { ...authorized(await api.putToken()), Accept: accept } });
        expect(listed).toMatchObject({ status: 200, text: ALL, headers: { 'content-type': 'application/json' } });
        const refused = await api.ask(format, { headers: { Accept: accept } });
        expect(refused).toMatchObject({ status: 401, headers: { 'content-type': 'application/problem+json' } });
      },
    );

    it('with one entity tag for all callers, hosts, paths and codings', async () => {
      api.reset(Array.from({ length: 100 }, (_, i) => ({ id: { N: String(i) }, uuid: { N: '1' } })));
      const requests: WireRequest[] = [
        {},
        { path: `/v1${PATH}/` },
        { query: 'limit=100&page=1&other=1' },
        { headers: { Host: 'api.example.org' } },
        { headers: { Host: 'api.example.org', 'Accept-Encoding': 'gzip' } },
        { headers: { 'Accept-Encoding': 'br' } },
      ];
      const etags = new Set<string | undefined>();
      for (const request of requests) {
        const headers = { ...authorized(await api.putToken()), ...request.headers };
        etags.add((await api.ask(format, { ...request, headers })).headers.etag);
      }
      expect([...etags]).toEqual([expect.stringMatching(/^W\/"[\w-]{22}"$/)]);
    });

    it('with links to the neighbouring pages; the whole list has none', async () => {
      const headers = authorized(await api.putToken({ expiresAt: { N: String(Date.now() / 1_000 + 60) } }));
      const { headers: ofPage } = await api.ask(format, { query: 'limit=2&page=2', headers });
      const relations = [...(ofPage.link ?? '').matchAll(/page=(\d+)[^>]*>; rel="(\w+)"/g)].map(([, page, name]) => [
        name,
        page,
      ]);
      expect(Object.fromEntries(relations)).toEqual({ first: '1', prev: '1', next: '3' }); // no `last` without an index
      expect(ofPage.link?.startsWith(`<${format.base}${PATH}?limit=2&page=1>`)).toBe(true);
      expect((await api.ask(format, { headers })).headers).not.toHaveProperty('link');
    });

    it('with the headers of GET and no body for HEAD', async () => {
      const headers = authorized(await api.putToken());
      const [get, head] = [await api.ask(format, { headers }), await api.ask(format, { headers, method: 'HEAD' })];
      const always = { 'server-timing': 'x', 'x-request-id': 'x' };
      expect({ ...head.headers, ...always }).toEqual({ ...get.headers, ...always });
      expect(head).toMatchObject({ status: 200, text: '' });
    });

    it('in order, with every digit of their numbers', async () => {
      const ids = ['-5', '-0.25', '0.5', '1', '10', '1E+25', DIGITS_38];
      api.reset(ids.toReversed().map((id) => ({ id: { N: id }, uuid: { N: `-${DIGITS_38}` } })));
      const { text } = await api.ask(format, { headers: authorized(await api.putToken()) });
      const listed = ids.map((id) => `{"uuid":-${DIGITS_38},"name":"Lambda Instance","id":${id}}`);
      expect(text).toBe(`{"data":[${listed.join(',')}]}`);
    });

    it('with damaged records, only their three fields, and a warning', async () => {
      api.reset([
        { id: { N: '1' }, name: { S: 'no uuid' }, owner: { S: 'private' } },
        { id: { N: '2' }, uuid: { S: '2' }, secret: { M: {} } },
        { id: { N: '3' }, uuid: { N: '1.5' }, name: { N: '3' } },
        { id: { N: '4' }, uuid: { N: '4' }, name: { S: 'sound "\u2028\\' } },
      ]);
      const { status, text } = await api.ask(format, { headers: authorized(await api.putToken()) });
      expect({ status, text }).toEqual({
        status: 200,
        text:
          '{"data":[{"uuid":null,"name":"no uuid","id":1},{"uuid":null,"name":"Lambda Instance","id":2},' +
          '{"uuid":null,"name":"Lambda Instance","id":3},{"uuid":4,"name":"sound \\"\u2028\\\\","id":4}]}',
      });
      expect(api.lines).toEqual([
        expect.objectContaining({ level: 'warn', message: 'damaged records were listed', ids: ['1', '2', '3'] }),
        expect.objectContaining({ message: 'request', DamagedRecords: 3, items: 4 }),
      ]);
    });
  });

  it.each([
    ['not-found', 404, 'Not found', { path: '/elsewhere', query: 'limit=x' }, []],
    ['method-not-allowed', 405, 'Method not allowed', { method: 'POST', query: 'limit=x' }, []],
    ['invalid-token', 401, 'Invalid token', { query: 'limit=x' }, []],
    ['invalid-token', 401, 'Invalid token', { query: 'limit=x', headers: { 'x-api-key': 'a b' } }, []],
    ['invalid-token', 401, 'Invalid token', { query: 'limit=x', headers: authorized('unknown') }, ['tokens']],
    ['missing-parameter', 400, 'Missing parameter', { query: 'limit=x', headers: 'live' }, ['tokens']],
    [
      'page-out-of-range',
      404,
      'Page out of range',
      { query: 'limit=2&page=4', headers: 'live' },
      ['tokens', 'instances'],
    ],
  ] as const)(
    'refuses step by step, without reads after the first refusal: %s',
    async (type, status, title, request, expected) => {
      const token = await api.putToken();
      const headers = 'headers' in request && request.headers !== 'live' ? request.headers : {};
      const isLive = 'headers' in request && request.headers === 'live';
      const answer = await api.ask(format, { ...request, headers: isLive ? authorized(token) : headers });
      expect(answer).toMatchObject({
        status,
        headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store' },
        problem: {
          type: `urn:problem-type:lambda-instances:${type}`,
          title,
          status,
          instance: answer.headers['x-request-id'],
        },
      });
      expect(api.reads).toEqual(expected);
    },
  );

  it.each<[string, Item | undefined]>([
    ['is unknown', undefined],
    ['has expired', { expiresAt: { N: '1795547038' } }],
    ['is revoked', { revoked: { BOOL: true } }],
    ['has a malformed row', { expiresAt: { S: '9999999999' } }],
  ])('answers 401 without a reason if the token %s', async (_, row) => {
    jest.useFakeTimers({ now: 1_795_547_038_000, doNotFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const token = row ? await api.putToken(row) : newToken();
    const { 'x-request-id': id, ...headers } = (await api.ask(format, {})).headers;
    const answer = await api.ask(format, { headers: authorized(token) });
    jest.useRealTimers();
    expect(answer).toEqual({
      status: 401,
      headers: { ...headers, 'x-request-id': expect.any(String) },
      text: expect.any(String),
      problem: {
        type: 'urn:problem-type:lambda-instances:invalid-token',
        title: 'Invalid token',
        status: 401,
        detail: 'Pass a valid token in the header "Authorization: Token <token>"',
        instance: answer.headers['x-request-id'],
        errors: [{ message: 'Invalid token', code: 401, details: 'unauthorized' }],
      },
    });
    expect(headers['www-authenticate']).toBe('Token realm="lambda-instances"');
    expect(api.reads).toEqual(['tokens']);
  });

  it.each([
    ['Authorization', { Authorization: 'Token good', Authentication: 'Token bad', 'X-Api-Key': 'bad' }],
    ['Authentication', { Authentication: 'Token good', 'X-Api-Key': 'bad' }],
    ['Authentication', { Authorization: 'Basic bad', Authentication: 'Token good', 'X-Api-Key': 'bad' }],
    ['X-Api-Key', { Authorization: 'Bearer bad', 'X-Api-Key': 'good' }],
  ])('checks only the first token, in %s, with one read', async (_, headers) => {
    const [good, bad] = [await api.putToken(), newToken()];
    const fill = (from: string, to: string) =>
      Object.fromEntries(
        Object.entries(headers).map(([name, value]) => [name, value.replace('good', from).replace('bad', to)]),
      );
    expect((await api.ask(format, { headers: fill(good, bad) })).status).toBe(200);
    expect(api.reads).toEqual(['tokens', 'instances']);
    expect((await api.ask(format, { headers: fill(bad, good) })).status).toBe(401);
    expect(api.reads).toEqual(['tokens']);
  });

  it('refuses a token header sent twice if the event shows both, and otherwise checks the one shown', async () => {
    const token = await api.putToken();
    const { status } = await api.ask(format, { headers: { 'x-api-key': [newToken(), token] } });
    expect(status).toBe(format.showsRepeats ? 401 : 200);
    expect(api.reads).toEqual(format.showsRepeats ? [] : ['tokens', 'instances']);
  });

  it.each([
    ['limit=1', 'Missing parameter', 'page is missing: pass both limit and page, or neither'],
    ['page=1', 'Missing parameter', 'limit is missing: pass both limit and page, or neither'],
    ['limit=&page=1', 'Bad parameter', 'limit is not an integer'],
    ['limit=1&page', 'Bad parameter', 'page is not an integer'],
    ['limit=x&page=y', 'Bad parameter', 'limit is not an integer'],
    ['limit=%2B1&page=1', 'Bad parameter', 'limit is not an integer'],
    ['limit=+1&page=1', 'Bad parameter', 'limit is not an integer'],
    ['limit=1&page=1.0', 'Bad parameter', 'page is not an integer'],
    ['limit=1e3&page=1', 'Bad parameter', 'limit is not an integer'],
    ['limit=1&page=%D9%A1', 'Bad parameter', 'page is not an integer'],
    ['limit=0&page=x', 'Bad parameter', 'page is not an integer'],
    ['limit=0&page=0', 'Zero or negative indexing not supported', 'limit must be 1 or more'],
    ['limit=1&page=-1', 'Zero or negative indexing not supported', 'page must be 1 or more'],
    [`limit=-${'9'.repeat(60)}&page=1`, 'Zero or negative indexing not supported', 'limit must be 1 or more'],
  ])('refuses the parameters %s: %s', async (query, title, detail) => {
    const answer = await api.ask(format, { query, headers: authorized(await api.putToken()) });
    expect(answer).toMatchObject({
      status: 400,
      problem: { title, detail, errors: [{ message: title, code: 400, details: 'bad request' }] },
    });
    expect(api.reads).toEqual(['tokens']);
  });

  it.each([
    ['limit=2&limit=2&page=1', 'limit is given more than once'],
    ['page=1&limit=2&page=1', 'page is given more than once'],
    ['page=1&page=2', 'page is given more than once'],
  ])('refuses %s if the event shows both values', async (query, detail) => {
    const answer = await api.ask(format, { query, headers: authorized(await api.putToken()) });
    if (format.showsRepeats) expect(answer).toMatchObject({ status: 400, problem: { title: 'Bad parameter', detail } });
    else expect(answer.problem.title).toBe(query.includes('limit') ? undefined : 'Missing parameter');
  });

  it.each(['', 'limit=1&page=1', 'limit=7&page=9'])('answers 404 for an empty table: %j', async (query) => {
    api.reset([]);
    const answer = await api.ask(format, { query, headers: authorized(await api.putToken()) });
    expect(answer).toMatchObject({
      status: 404,
      problem: {
        type: 'urn:problem-type:lambda-instances:no-instances',
        errors: [{ message: 'No lambda instances', code: 404, details: 'not found' }],
      },
    });
  });

  it.each([
    ['limit=5&page=2', 1],
    ['limit=2&page=4', 3],
    [`limit=1&page=${'9'.repeat(60)}`, 5],
    [`limit=${'9'.repeat(60)}&page=2`, 1],
  ])('answers 404 past the end, with the last page: %s', async (query, lastPage) => {
    const answer = await api.ask(format, { query, headers: authorized(await api.putToken()) });
    expect(answer).toMatchObject({
      status: 404,
      headers: { 'x-total-count': '5' },
      problem: {
        type: 'urn:problem-type:lambda-instances:page-out-of-range',
        detail: `The last page is ${lastPage}`,
        errors: [{ message: 'Page out of range', code: 404, details: 'not found' }],
      },
    });
  });

  it('answers 304 for a matching ETag, after verifying the token', async () => {
    const headers = authorized(await api.putToken());
    const { etag = '' } = (await api.ask(format, { headers })).headers;
    expect(await api.ask(format, { headers: { ...headers, 'If-None-Match': etag } })).toMatchObject({
      status: 304,
      text: '',
      headers: { etag },
    });
    expect(await api.ask(format, { headers: { 'If-None-Match': etag } })).toMatchObject({ status: 401 });
    api.reset([]);
    const token = await api.putToken();
    expect(await api.ask(format, { headers: { ...authorized(token), 'If-None-Match': '*' } })).toMatchObject({
      status: 404,
    });
  });

  it('rejects an oversized list and suggests paging', async () => {
    const isAlb = format.source.startsWith('alb');
    const name = { S: '"'.repeat(isAlb ? 1_000 : 5_000) }; // each is sent as three characters
    api.reset(Array.from({ length: 500 }, (_, i) => ({ id: { N: String(i) }, uuid: { N: '1' }, name })));
    const headers = authorized(await api.putToken());
    expect(await api.ask(format, { headers })).toMatchObject({
      status: 400,
      problem: {
        type: 'urn:problem-type:lambda-instances:response-too-large',
        errors: [{ message: 'Too many lambda instances', code: 400, details: 'bad request' }],
        detail: expect.stringContaining('pass limit and page, or a smaller limit'),
      },
    });
    expect(await api.ask(format, { headers, query: 'limit=100&page=1' })).toMatchObject({ status: 200 });
  });

  it('answers OPTIONS and unknown methods without a read', async () => {
    expect(await api.ask(format, { method: 'OPTIONS' })).toMatchObject({
      status: 204,
      text: '',
      headers: { allow: 'GET, HEAD, OPTIONS' },
    });
    expect(await api.ask(format, { method: 'DELETE' })).toMatchObject({
      status: 405,
      headers: { allow: 'GET, HEAD, OPTIONS' },
    });
    expect(api.reads).toEqual([]);
  });
});
