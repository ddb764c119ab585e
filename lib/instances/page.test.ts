import fc from 'fast-check';
import type { RefusedError } from '../errors';
import { parsePage } from './page';

const parse = (query: string) => parsePage(new URLSearchParams(query));
const MAX = Number.MAX_SAFE_INTEGER;

describe('parsePage', () => {
  it.each(['', 'a=b', 'Limit=1&PAGE=2', 'limits=1', ' limit=1', 'limit[]=1'])('returns undefined for %j', (query) => {
    expect(parse(query)).toBeUndefined();
  });

  it.each([
    ['limit=1&page=1', { limit: 1, number: 1, offset: 0 }],
    ['page=3&limit=25', { limit: 25, number: 3, offset: 50 }],
    ['limit=007&page=00000000000000000000000000000000000000001', { limit: 7, number: 1, offset: 0 }],
    ['limit=2&page=2&other=x', { limit: 2, number: 2, offset: 2 }],
    [`limit=1&page=${MAX}`, { limit: 1, number: MAX, offset: MAX - 1 }],
    [`limit=${MAX}&page=1`, { limit: MAX, number: 1, offset: 0 }],
    [`limit=${'9'.repeat(400)}&page=1`, { limit: MAX, number: 1, offset: 0 }],
    [`limit=2&page=${'9'.repeat(400)}`, { limit: 2, number: MAX, offset: MAX }],
    ['limit=2&page=4&after=7', { limit: 2, number: 4, offset: 6, after: '7' }],
    ['after=-1.50&limit=2&page=1', { limit: 2, number: 1, offset: 0, after: '-15e-1' }],
  ])('parses %.60s', (query, page) => {
    expect(parse(query)).toEqual(page);
  });

  const TWICE = ['bad-parameter', 'is given more than once'] as const;
  const MISSING = ['missing-parameter', 'is missing: pass both limit and page, or neither'] as const;
  const NO_INTEGER = ['bad-parameter', 'is not an integer'] as const;
  const NO_ID = ['bad-parameter', 'is not the id of an instance: a number of up to 38 digits'] as const;
  const NOT_POSITIVE = ['non-positive-parameter', 'must be 1 or more'] as const;

  it.each([
    ['limit=1&limit=1&page=1', 'limit', TWICE],
    ['limit=1&page=2&page=2', 'page', TWICE],
    ['limit=1&limit=2&page=1&page=2', 'limit', TWICE],
    ['page=x&page=0', 'page', TWICE],
    ['after=1&after=1&limit=1&page=1', 'after', TWICE],
    ['after=1', 'limit', MISSING],
    ['after=1&after=2', 'limit', MISSING],
    ['after=x&limit=1', 'page', MISSING],
    ['after=x&limit=0&page=1', 'limit', NOT_POSITIVE],
    ['after=x&limit=1&page=1', 'after', NO_ID],
    ['after=&limit=1&page=1', 'after', NO_ID],
    ['after=+1&limit=1&page=1', 'after', NO_ID],
    [`after=${'1'.repeat(39)}&limit=1&page=1`, 'after', NO_ID],
    ['limit=1', 'page', MISSING],
    ['page=1', 'limit', MISSING],
    ['limit=x', 'page', MISSING],
    ['page=0', 'limit', MISSING],
    ['limit=1&Page=1', 'page', MISSING],
    ['limit=x&page=y', 'limit', NO_INTEGER],
    ['limit=1&page=y', 'page', NO_INTEGER],
    ['limit=0&page=y', 'page', NO_INTEGER],
    ['limit=0&page=-1', 'limit', NOT_POSITIVE],
    ['limit=1&page=0', 'page', NOT_POSITIVE],
    ['limit=-5&page=1', 'limit', NOT_POSITIVE],
    ['limit=1&page=-0', 'page', NOT_POSITIVE],
    ['limit=000&page=1', 'limit', NOT_POSITIVE],
    [`limit=1&page=-${'9'.repeat(400)}`, 'page', NOT_POSITIVE],
  ] as const)('refuses %.60s by the first rule that it breaks: %s %j', (query, name, [refusal, message]) => {
    expect(() => parse(query)).toThrow(expect.objectContaining({ refusal, message: `${name} ${message}` }));
  });

  it.each([
    '',
    '+',
    '-',
    '+1',
    '%2B1',
    ' 1',
    '1 ',
    '1%0A',
    '1.0',
    '1.',
    '.5',
    '1e3',
    '0x10',
    '1,2',
    '1_000',
    '--1',
    '-+1',
    '1-',
    '١',
    '１',
    '¹',
    'NaN',
    'Infinity',
    'null',
    '1%00',
  ])('refuses %j as an integer', (text) => {
    expect(() => parse(`limit=${text}&page=1`)).toThrow(expect.objectContaining({ refusal: 'bad-parameter' }));
    expect(() => parse(`limit=1&page=${text}`)).toThrow(expect.objectContaining({ refusal: 'bad-parameter' }));
  });

  it('agrees with BigInt on every pair of whole numbers', () => {
    const digits = fc
      .tuple(fc.constantFrom('', '-', '0', '-00'), fc.bigInt({ min: 0n, max: 10n ** 60n }))
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.oneof(digits, fc.integer({ min: -2, max: 99 }).map(String)), digits, (limit, page) => {
        const clamp = (value: bigint) => (value > BigInt(MAX) ? MAX : Number(value));
        const [size, number] = [BigInt(limit), BigInt(page)];
        if (size <= 0n || number <= 0n) {
          expect(refusalOf(`limit=${limit}&page=${page}`)).toBe('non-positive-parameter');
          return;
        }
        const parsed = parse(`limit=${limit}&page=${page}`);
        expect(parsed).toMatchObject({ limit: clamp(size), number: clamp(number) });
        const offset = (BigInt(clamp(number)) - 1n) * BigInt(clamp(size));
        expect(parsed?.offset).toBe(clamp(offset));
      }),
    );
  });

  it('parses or refuses any text', () => {
    const refusals = ['missing-parameter', 'bad-parameter', 'non-positive-parameter'];
    fc.assert(
      fc.property(fc.string(), fc.string(), (limit, page) => {
        const refusal = refusalOf(new URLSearchParams({ limit, page }).toString());
        if (refusal === undefined) expect(limit + page).toMatch(/^[0-9]+$/);
        else expect(refusals).toContain(refusal);
      }),
    );
  });
});

function refusalOf(query: string): string | undefined {
  try {
    parse(query);
    return undefined;
  } catch (error) {
    return (error as RefusedError).refusal;
  }
}
