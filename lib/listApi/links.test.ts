import fc from 'fast-check';
import { linkHeader } from './links';

const ORIGIN = 'https://api.example.org';
const PATH = '/prod/backend/lambda-instances/';

const request = (query: string, path = PATH, origin: string | undefined = ORIGIN) => ({
  source: 'http-api' as const,
  method: 'GET',
  headers: new Map<string, string>(),
  requestId: undefined,
  origin,
  publicBaseUrl: undefined as string | undefined,
  path,
  callerPath: path,
  query: new URLSearchParams(query),
});

describe('linkHeader', () => {
  it('has the caller’s URL for each page and keeps other parameters', () => {
    expect(
      linkHeader(request('limit=2&page=3&after=6&a=b&a=c%26'), {
        first: { page: 1 },
        prev: { step: -1 },
        next: { step: 1, after: '7' },
        last: { page: 9 },
      }),
    ).toEqual({
      link: [
        `<${ORIGIN}${PATH}?limit=2&page=1&a=b&a=c%26>; rel="first"`,
        `<${ORIGIN}${PATH}?limit=2&page=2&a=b&a=c%26>; rel="prev"`,
        `<${ORIGIN}${PATH}?limit=2&page=4&a=b&a=c%26&after=7>; rel="next"`,
        `<${ORIGIN}${PATH}?limit=2&page=9&a=b&a=c%26>; rel="last"`,
      ].join(', '),
    });
  });

  it('omits absent links', () => {
    expect(linkHeader(request('limit=2&page=1'), { first: { page: 1 } })).toEqual({
      link: `<${ORIGIN}${PATH}?limit=2&page=1>; rel="first"`,
    });
  });

  it('has relative references if the host is unknown', () => {
    const unknown = { ...request('limit=2&page=1'), origin: undefined };
    expect(linkHeader(unknown, { first: { page: 1 } })).toEqual({ link: '<?limit=2&page=1>; rel="first"' });
  });

  it('adds `after` to the next page only', () => {
    const links = { first: { page: 1 }, next: { step: 1, after: '1e+125' } } as const;
    expect(linkHeader(request('after=5&limit=2&page=2'), links)).toEqual({
      link: [
        `<${ORIGIN}${PATH}?limit=2&page=1>; rel="first"`,
        `<${ORIGIN}${PATH}?limit=2&page=3&after=1e%2B125>; rel="next"`,
      ].join(', '),
    });
  });

  it.each([
    ['//evil.example/backend/lambda-instances', `${ORIGIN}//evil.example/backend/lambda-instances`],
    ['/\\evil.example/backend/lambda-instances', `${ORIGIN}//evil.example/backend/lambda-instances`],
    ['/a>b"c d/backend/lambda-instances', `${ORIGIN}/a%3Eb%22c%20d/backend/lambda-instances`],
    ['/a?b#c/backend/lambda-instances', `${ORIGIN}/a%3Fb%23c/backend/lambda-instances`],
    ['/é/backend/lambda-instances', `${ORIGIN}/%C3%A9/backend/lambda-instances`],
    ['/a\r\nx: y/backend/lambda-instances', `${ORIGIN}/ax:%20y/backend/lambda-instances`],
  ])('keeps the path %j within the URL', (path, url) => {
    expect(linkHeader(request('limit=1', path), { first: { page: 1 } })).toEqual({
      link: `<${url}?limit=1&page=1>; rel="first"`,
    });
  });

  it.each([
    ['https://cdn.example', 'https://cdn.example'],
    ['https://cdn.example/base', 'https://cdn.example/base'],
    ['https://cdn.example/base/', 'https://cdn.example/base'],
  ])('begins with the public base URL, without the stage of the event: %s', (publicBaseUrl, begin) => {
    expect(linkHeader({ ...request('limit=2&page=1'), publicBaseUrl }, { first: { page: 1 } })).toEqual({
      link: `<${begin}/backend/lambda-instances/?limit=2&page=1>; rel="first"`,
    });
  });

  it('drops other parameters if the URL is too long, and everything before the query if the path is', () => {
    const long = 'a'.repeat(2_000);
    expect(linkHeader(request(`limit=20&page=1&x=${long}`), { first: { page: 1 } })).toEqual({
      link: `<${ORIGIN}${PATH}?limit=20&page=1>; rel="first"`,
    });
    expect(linkHeader(request('limit=2&page=1', `/${long}${PATH}`), { first: { page: 1 } })).toEqual({
      link: '<?limit=2&page=1>; rel="first"',
    });
    expect(linkHeader(request(`page=1&limit=${'0'.repeat(2_000)}2`), { first: { page: 1 } })).toEqual({
      link: `<${ORIGIN}${PATH}?limit=2&page=1>; rel="first"`,
    });
    expect(linkHeader(request(`page=1&limit=${'9'.repeat(2_000)}`), { first: { page: 1 } })).toEqual({
      link: `<${ORIGIN}${PATH}?limit=9007199254740991&page=1>; rel="first"`,
    });
    expect(linkHeader(request(`limit=2&page=${'9'.repeat(2_000)}`), { prev: { step: -1 } })).toEqual({
      link: `<${ORIGIN}${PATH}?limit=2&page=9007199254740990>; rel="prev"`,
    });
    expect(linkHeader(request(`limit=2&page=07&x=${long}`), { prev: { step: -1 } })).toEqual({
      link: `<${ORIGIN}${PATH}?limit=2&page=6>; rel="prev"`,
    });
  });

  it('counts pages exactly, with any number of digits', () => {
    const pages = fc.bigInt({ min: 2n, max: 10n ** 300n });
    fc.assert(
      fc.property(pages, fc.nat({ max: 40 }), (page, zeros) => {
        const { link } = linkHeader(request(`limit=2&page=${'0'.repeat(zeros)}${page}`), {
          prev: { step: -1 },
          next: { step: 1, after: '7' },
        });
        const url = `${ORIGIN}${PATH}?limit=2&page=`;
        expect(link).toBe(`<${url}${page - 1n}>; rel="prev", <${url}${page + 1n}&after=7>; rel="next"`);
      }),
    );
  });

  it.each([
    [2_000, true],
    [2_001, false],
  ])('keeps other parameters up to a URL of 2,000 characters (%d): %j', (length, isKept) => {
    const short = `${ORIGIN}${PATH}?limit=2&page=1`;
    const padding = `&x=${'a'.repeat(length - short.length - '&x='.length)}`;
    expect(linkHeader(request(`limit=2&page=1${padding}`), { first: { page: 1 } })).toEqual({
      link: `<${short}${isKept ? padding : ''}>; rel="first"`,
    });
  });

  it.each([
    [2_000, true],
    [2_001, false],
  ])('is absolute for up to 2,000 characters before the query (%d): %j', (length, isAbsolute) => {
    const path = `/${'a'.repeat(length - `${ORIGIN}/${PATH}`.length)}${PATH}`;
    const link = `<${isAbsolute ? ORIGIN + path : ''}?limit=2&page=1>; rel="first"`;
    expect(linkHeader(request('limit=2&page=1', path), { first: { page: 1 } })).toEqual({ link });
  });

  it('is valid and within API Gateway’s size limit for any request', () => {
    const unit = fc.nat({ max: 0xffff }).map((code) => String.fromCharCode(code));
    const text = fc.string({ unit, maxLength: 700 });
    const digits = fc.stringMatching(/^[1-9]\d{0,2500}$/);
    const number = { min: 1, max: Number.MAX_SAFE_INTEGER };
    const pairs = fc.array(fc.tuple(text, text), { maxLength: 3 });
    fc.assert(
      fc.property(text, pairs, digits, digits, fc.integer(number), (path, others, limit, page, last) => {
        const query = new URLSearchParams([...others, ['limit', limit], ['page', page]]);
        const { link = '' } = linkHeader(
          { ...request('', `/${path}`), query },
          { first: { page: 1 }, prev: { step: -1 }, next: { step: 1, after: '1'.repeat(38) }, last: { page: last } },
        );
        expect(link.length).toBeLessThan(9_000);
        expect(link).toMatch(/^[ -~]*$/);
        const relations = [...link.matchAll(/<([^<> ]*)>; rel="(\w+)"/g)];
        expect(relations.map(([whole]) => whole).join(', ')).toBe(link);
        for (const [, url = ''] of relations) expect(new URL(url, ORIGIN).origin).toBe(ORIGIN);
      }),
      { numRuns: 50 },
    );
  });
});
