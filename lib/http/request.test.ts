import fc from 'fast-check';
import { EVENT_FORMATS, PATH, REQUEST_ID } from '../../test/events';
import { parseEvent } from './request';

describe.each(EVENT_FORMATS)('an event of $name', ({ toEvent, source, showsRepeats, base }) => {
  const parse = (request: Parameters<typeof toEvent>[0]) => parseEvent(toEvent(request));
  const query = (text: string) => [...(parse({ query: text })?.query ?? [])];
  const { origin, host, pathname } = new URL(base);

  it('is parsed completely', () => {
    const path = `${pathname === '/' ? '' : pathname}/v1${PATH}/`;
    expect(parse({ method: 'HEAD', path: `/v1${PATH}/`, query: 'limit=3', headers: { 'X-A': 'b' } })).toEqual({
      source,
      method: 'HEAD',
      path,
      callerPath: path,
      headers: new Map([
        ['host', host],
        ['x-a', 'b'],
      ]),
      query: new URLSearchParams('limit=3'),
      requestId: source.startsWith('alb') ? undefined : REQUEST_ID,
      origin,
      publicBaseUrl: undefined,
    });
  });

  it('has no parameters if the request has none', () => {
    expect(query('')).toEqual([]);
  });

  it.each([
    [
      'limit=2&page=3',
      [
        ['limit', '2'],
        ['page', '3'],
      ],
    ],
    ['limit=', [['limit', '']]],
    ['limit', [['limit', '']]],
    ['limit=%32', [['limit', '2']]],
    ['%6Cimit=2', [['limit', '2']]],
    ['limit=%2B1', [['limit', '+1']]],
    ['limit=%201', [['limit', ' 1']]],
    ['limit=1%26page%3D2', [['limit', '1&page=2']]],
    ['a=b%3Dc', [['a', 'b=c']]],
    ['n=%C3%A9%F0%9F%98%80', [['n', 'é😀']]],
    ['n=%252C', [['n', '%2C']]],
    ['Limit=1', [['Limit', '1']]],
    [
      '__proto__=1&constructor=2',
      [
        ['__proto__', '1'],
        ['constructor', '2'],
      ],
    ],
  ])('has the parameters of %s, decoded once', (text, expected) => {
    expect(query(text)).toEqual(expected);
  });

  it('keeps both values of a repeated parameter if its source shows them', () => {
    expect(query('limit=1&limit=2')).toEqual(
      showsRepeats
        ? [
            ['limit', '1'],
            ['limit', '2'],
          ]
        : [['limit', '2']],
    );
  });

  it('joins the values of a repeated header if its source shows them', () => {
    const headers = parse({ headers: { 'X-Api-Key': ['a', 'b'] } })?.headers;
    expect(headers?.get('x-api-key')).toBe(showsRepeats ? 'a,b' : 'b');
  });

  it('has lower-case header names', () => {
    expect(parse({ headers: { AUTHORIZATION: 'Token t' } })?.headers.get('authorization')).toBe('Token t');
  });

  it('carries the configured public base URL', () => {
    expect(parseEvent(toEvent(), 'https://api.example.org')?.publicBaseUrl).toBe('https://api.example.org');
    expect(parseEvent(toEvent())?.publicBaseUrl).toBeUndefined();
  });

  it.each(['?limit=2', '?limit', '??'])('keeps the question mark in %j as part of the name', (raw) => {
    const names = [...(parse({ query: raw })?.query.keys() ?? [])];
    expect(names).toEqual([raw.replace(/=.*/, '')]);
  });
});

describe('parseEvent', () => {
  const [http, , rest] = EVENT_FORMATS.map(({ toEvent }) => toEvent());
  const withContext = (event: typeof http, context: object) => ({ ...event, requestContext: context });

  it.each<[string, unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['a number', 7],
    ['text', 'GET /backend/lambda-instances'],
    ['a list', [http]],
    ['an empty object', {}],
    ['a queue', { Records: [{ messageId: '1', body: '{}', eventSource: 'aws:sqs' }] }],
    ['a schedule', { 'detail-type': 'Scheduled Event', source: 'aws.events', detail: {} }],
    ['a WebSocket', { requestContext: { routeKey: '$connect', eventType: 'CONNECT' }, isBase64Encoded: false }],
    ['payload 2.0 without a path', withContext({ ...http, rawPath: '' }, { http: { method: 'GET' } })],
    [
      'payload 2.0 with a path that is not a string',
      withContext({ ...http, rawPath: 7 }, { http: { method: 'GET', path: 7 } }),
    ],
    ['payload 2.0 without a method', withContext(http, { http: {} })],
    ['payload 1.0 without a path', { ...rest, path: null }],
    ['payload 1.0 without a method', { ...rest, httpMethod: null }],
    ['payload 1.0 with a method that is not a string', { ...rest, httpMethod: ['GET'] }],
  ])('returns undefined for %s', (_, event) => {
    expect(parseEvent(event)).toBeUndefined();
  });

  it.each<[string, unknown]>([
    ['no request context', { ...rest, requestContext: undefined }],
    ['a request context that is null', { ...rest, requestContext: null }],
    ['a request context that is a list', { ...rest, requestContext: [] }],
  ])('parses payload 1.0 with %s', (_, event) => {
    expect(parseEvent(event)).toMatchObject({
      source: 'rest-api',
      path: PATH,
      requestId: undefined,
      origin: undefined,
    });
  });

  it.each([
    ['/prod', `/prod${PATH}`],
    ['/v1/orders', `/v1/orders${PATH}`],
    ['', PATH],
  ])('includes the prefix that the caller of a REST API used: %j', (before, expected) => {
    const event = { ...rest, requestContext: { ...(rest?.requestContext as object), path: before + PATH } };
    expect(parseEvent(event)?.path).toBe(expected);
  });

  it.each(['/elsewhere', '', 7, null])('ignores a different path in the context of a REST API: %j', (path) => {
    expect(parseEvent(withContext(rest, { path }))?.path).toBe(PATH);
  });

  it.each([
    ['abc123.execute-api.eu-central-1.amazonaws.com', '/prod', '/prod'],
    ['api.example.org', '/prod', ''],
    ['api.example.org', '/production', '/production'],
    ['api.example.org', '/v1/prod', '/v1/prod'],
    ['localhost:3000', '/prod', '/prod'],
    ['localhost', '/prod', '/prod'],
  ])('omits the stage `prod` from the path of an HTTP API at a custom domain: %s%s', (domainName, before, expected) => {
    const path = before + PATH;
    const context = { domainName, stage: 'prod' };
    const events = [
      withContext({ ...http, rawPath: path }, { ...context, http: { method: 'GET', path } }),
      withContext({ ...rest, version: '1.0', path }, { ...context, path }),
    ];
    for (const event of events) expect(parseEvent(event)).toMatchObject({ path, callerPath: expected + PATH });
    const ofRestApi = withContext({ ...rest, path }, { ...context, path }); // its path has the stage only if the URL has
    expect(parseEvent(ofRestApi)).toMatchObject({ path, callerPath: path });
  });

  it('reads the parameter map of payload 2.0 if the raw query string is absent', () => {
    const event = { ...http, rawQueryString: undefined, queryStringParameters: { limit: '1,2', page: '3' } };
    expect([...(parseEvent(event)?.query ?? [])]).toEqual([
      ['limit', '1,2'],
      ['page', '3'],
    ]);
  });

  it('merges single-value and multi-value maps with different names', () => {
    const event = {
      ...rest,
      headers: { Authorization: 'a', 'x-api-key': 'k' },
      multiValueHeaders: { authorization: ['b', 'c'] },
      queryStringParameters: { limit: '1', page: '2' },
      multiValueQueryStringParameters: { limit: ['3', '4'], page: [] },
    };
    const request = parseEvent(event);
    expect(request?.headers).toEqual(
      new Map([
        ['authorization', 'b,c'],
        ['x-api-key', 'k'],
      ]),
    );
    expect([...(request?.query ?? [])].sort()).toEqual([
      ['limit', '3'],
      ['limit', '4'],
      ['page', '2'],
    ]);
  });

  it.each([null, undefined, 7, 'x', [], [['a', 'b']], { a: null }, { a: 7 }, { a: {} }, { a: [null, 7] }])(
    'treats maps of the wrong type as empty: %j',
    (map) => {
      const maps = { headers: map, multiValueHeaders: map, queryStringParameters: map };
      const request = parseEvent({ ...rest, ...maps, multiValueQueryStringParameters: map });
      expect(request?.headers.size).toBe(0);
      expect([...(request?.query ?? [['unread']])]).toEqual([]);
    },
  );

  it.each([
    ['api.example.org', 'https', 'https://api.example.org'],
    ['api.example.org:8443', 'https', 'https://api.example.org:8443'],
    ['api.example.org', 'http', 'http://api.example.org'],
    ['api.example.org', undefined, 'http://api.example.org'],
    ['192.0.2.1:80', 'http', 'http://192.0.2.1'],
    ['[2001:db8::1]:8080', 'http', 'http://[2001:db8::1]:8080'],
    ['a_b.example.org', 'https', 'https://a_b.example.org'],
    ['[2001:db8::1]', 'http', 'http://[2001:db8::1]'],
    ['api.example.org', 'ftp', undefined],
    ['api.example.org', 'xhttp', undefined],
    ['api.example.org', 'httpx', undefined],
    ['user@[2001:db8::1]', 'https', undefined],
    ['[2001:db8::1]/path', 'https', undefined],
    ['api.example.org', 'https,http', undefined],
    ['api.example.org/path', 'https', undefined],
    ['user@api.example.org', 'https', undefined],
    ['a b', 'https', undefined],
    ['a>; rel="next"', 'https', undefined],
    ['api.example.org:99999', 'https', undefined],
    ['[not-an-address]', 'https', undefined],
    ['', 'https', undefined],
  ])('parses the host %j and scheme %j of an ALB to the origin %j', (host, scheme, expected) => {
    const alb = EVENT_FORMATS.find(({ name }) => name === 'ALB');
    const headers = { Host: host, ...(scheme ? { 'X-Forwarded-Proto': scheme } : {}) };
    expect(parseEvent(alb?.toEvent({ headers }))?.origin).toBe(expected);
  });

  it.each<[string, unknown]>([
    ['payload 2.0 without a raw path', { ...http, rawPath: undefined }],
    ['payload 2.0 with an empty raw path', { ...http, rawPath: '' }],
    ['payload 1.0 with only a raw path', { ...rest, path: undefined, rawPath: PATH, requestContext: {} }],
  ])('finds the path of %s elsewhere in the event', (_, event) => {
    expect(parseEvent(event)?.path).toBe(PATH);
  });

  it.each([
    ['api.example.org', {}, 'https://api.example.org'],
    ['api.example.org', { 'x-forwarded-proto': 'http', 'x-forwarded-port': '80' }, 'https://api.example.org'],
    ['127.0.0.1:3000', { 'x-forwarded-proto': 'http' }, 'http://127.0.0.1:3000'],
    ['192.168.1.20:3000', { 'x-forwarded-proto': 'http' }, 'http://192.168.1.20:3000'],
    ['localhost.localstack.cloud:4566', { 'x-forwarded-proto': 'https' }, 'https://localhost.localstack.cloud:4566'],
    ['127.0.0.1:3000', { 'x-forwarded-proto': 'http', 'x-forwarded-port': '3001' }, 'http://127.0.0.1:3000'],
    ['localhost', { 'x-forwarded-proto': 'http', 'x-forwarded-port': '3000' }, 'http://localhost:3000'],
    ['localhost:3000', {}, 'http://localhost:3000'],
    ['[::1]:3000', {}, 'http://[::1]:3000'],
    ['localhost', { 'x-forwarded-proto': 'https' }, 'https://localhost'],
    ['localhost', { 'x-forwarded-port': 'x' }, undefined],
    ['127.evil.example', { 'x-forwarded-proto': 'http' }, 'https://127.evil.example'],
    ['offlineContext_domainName', {}, undefined],
    ['', {}, undefined],
    [undefined, {}, undefined],
  ])('parses the domain name %j with headers %j to the origin %j', (domainName, headers, expected) => {
    for (const event of [http, rest]) {
      const { requestContext } = event as { requestContext: object };
      const named = { ...withContext(event, { ...requestContext, domainName }), headers, multiValueHeaders: null };
      expect(parseEvent(named)?.origin).toBe(expected);
    }
  });

  it('never throws for any JSON', () => {
    fc.assert(fc.property(fc.jsonValue(), (event) => void parseEvent(event)));
    const keys = ['headers', 'multiValueHeaders', 'queryStringParameters', 'requestContext', 'rawPath', 'path'];
    const mutation = fc.dictionary(fc.constantFrom(...keys, 'rawQueryString', 'httpMethod'), fc.jsonValue());
    const base = fc.constantFrom(...EVENT_FORMATS.map(({ toEvent }) => toEvent({ query: 'limit=1&page=1' })));
    fc.assert(fc.property(base, mutation, (event, changes) => void parseEvent({ ...event, ...changes })));
  });
});
