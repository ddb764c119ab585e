import { corsHeaders, preflightHeaders } from './cors';

const METHODS = ['GET', 'HEAD'];
const ORIGIN = 'https://app.example.org';

describe('corsHeaders', () => {
  it.each([
    ['a configured origin', [ORIGIN]],
    ['one of several', ['https://other.example', ORIGIN]],
    ['any origin if all are allowed', ['*']],
  ])('names %s', (_, allowed) => {
    expect(corsHeaders(ORIGIN, allowed)).toEqual({
      'access-control-allow-origin': ORIGIN,
      'access-control-expose-headers':
        'ETag, Link, Retry-After, Server-Timing, WWW-Authenticate, X-Request-Id, X-Total-Count',
    });
  });

  it.each<[string, string | undefined, readonly string[]]>([
    ['no origin', undefined, ['*']],
    ['no allowed origin', ORIGIN, []],
    ['another origin', ORIGIN, ['https://other.example']],
    ['a longer origin', `${ORIGIN}.evil.example`, [ORIGIN]],
    ['another scheme', ORIGIN.replace('https', 'http'), [ORIGIN]],
    ['text that could split a header', 'https://a\r\nx: y', ['*']],
    ['text without end', `https://${'a'.repeat(250)}`, ['*']],
  ])('returns no headers for %s', (_, origin, allowed) => {
    expect(corsHeaders(origin, allowed)).toEqual({});
    expect(preflightHeaders({ origin, requested: 'x' }, allowed, METHODS)).toEqual({});
  });
});

describe('preflightHeaders', () => {
  const preflight = (requested: string | undefined) =>
    preflightHeaders({ origin: ORIGIN, requested }, [ORIGIN], METHODS);

  it.each([
    ['authorization,traceparent', 'authorization, traceparent'],
    ['  x-api-key ,\tsentry-trace', 'x-api-key, sentry-trace'],
    ["a!#$%&'*+.^_`|~-9", "a!#$%&'*+.^_`|~-9"],
    ['a\r\nx: y,b c,,",é,ok', 'ok'],
    ['', ''],
    [undefined, ''],
  ])('allows the valid header names that a browser requests: %j', (requested, allowed) => {
    expect(preflight(requested)).toEqual({
      'access-control-allow-methods': 'GET, HEAD',
      'access-control-allow-headers': allowed,
      'access-control-max-age': '7200',
    });
  });
});
