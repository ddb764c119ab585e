import { corsHeaders, preflightHeaders } from './cors';

const ORIGIN = 'https://app.example.org';

describe('corsHeaders', () => {
  it.each([
    ['an origin that is configured', [ORIGIN]],
    ['one of several', ['https://other.example', ORIGIN]],
    ['any origin, where every one is allowed', ['*']],
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
  ])('says nothing for %s', (_, origin, allowed) => {
    expect(corsHeaders(origin, allowed)).toEqual({});
    expect(preflightHeaders(origin, allowed)).toEqual({});
  });
});

describe('preflightHeaders', () => {
  it('lets a browser send each header that this API reads', () => {
    expect(preflightHeaders(ORIGIN, [ORIGIN])).toEqual({
      'access-control-allow-methods': 'GET, HEAD, OPTIONS',
      'access-control-allow-headers': 'Authorization, Authentication, X-Api-Key, If-None-Match',
      'access-control-max-age': '7200',
    });
  });
});
