import fc from 'fast-check';
import type { RefusedError } from '../errors';
import { parseCredential } from './credential';

const REFUSAL = expect.objectContaining({
  refusal: 'invalid-token',
  message: 'Pass a valid token in the header "Authorization: Token <token>"',
});

const parse = (headers: Record<string, string>) => parseCredential(new Map(Object.entries(headers)));

describe.each(['authorization', 'authentication'])('the header %s', (name) => {
  it.each([
    ['Token t', 't'],
    ['Token tJ3b3f32f23ceuqdoS_TH7m0d6yxmlWL1r2ralKcttY', 'tJ3b3f32f23ceuqdoS_TH7m0d6yxmlWL1r2ralKcttY'],
    ['token t', 't'],
    ['TOKEN t', 't'],
    ['tOkEn t', 't'],
    ['Token    t', 't'],
    ['  Token t\t ', 't'],
    ['Token Token', 'Token'],
    ["Token !#$%&'()*+-./:;<=>?@[\\]^_`{|}~", "!#$%&'()*+-./:;<=>?@[\\]^_`{|}~"],
  ])('%j carries the token %s', (value, token) => {
    expect(parse({ [name]: value })).toBe(token);
  });

  it.each([
    'Token',
    'Token ',
    'Token\tt',
    'Token a b',
    'Token a,b',
    'Token a,Token b',
    'Token "a"',
    'Token a"',
    'Token é',
    'Token a\u0000',
    'Token a\u007f',
    'Token a\nb',
    'Token \u00a0a',
    'Token token a',
  ])('%j is malformed and hides later headers', (value) => {
    expect(() => parse({ [name]: value, 'x-api-key': 'good' })).toThrow(REFUSAL);
  });

  it.each(['', 'Bearer good', 'Basic Z29vZA==', 'good', 'Tokengood', 'Token=good', 'X Token good'])(
    'counts as absent with another scheme or none: %j',
    (value) => {
      expect(parse({ [name]: value, 'x-api-key': 'key' })).toBe('key');
      expect(() => parse({ [name]: value })).toThrow(REFUSAL);
    },
  );
});

describe('the header x-api-key', () => {
  it.each([
    ['t', 't'],
    [' t\t', 't'],
    ['Token t', 't'],
    ['token  t', 't'],
    ['Token', 'Token'],
    ['Tokent', 'Tokent'],
  ])('%j carries the token %s', (value, token) => {
    expect(parse({ 'x-api-key': value })).toBe(token);
  });

  it.each(['', ' ', 'a b', 'a,b', '"a"', 'Bearer a', 'Token Token a', 'Token\ta', 'é'])('is malformed: %j', (value) =>
    expect(() => parse({ 'x-api-key': value })).toThrow(REFUSAL),
  );
});

describe('parseCredential', () => {
  it.each([
    [{ authorization: 'Token a', authentication: 'Token b', 'x-api-key': 'c' }, 'a'],
    [{ authentication: 'Token b', 'x-api-key': 'c' }, 'b'],
    [{ authorization: 'Bearer a', authentication: 'Token b', 'x-api-key': 'c' }, 'b'],
    [{ authorization: 'Bearer a', 'x-api-key': 'c' }, 'c'],
  ])('returns the token of the first header present: %j', (headers, token) => {
    expect(parse(headers)).toBe(token);
  });

  it('accepts tokens of up to 512 characters', () => {
    const [longest, tooLong] = ['a'.repeat(512), 'a'.repeat(513)];
    for (const [name, prefix] of [
      ['authorization', 'Token '],
      ['authentication', 'Token '],
      ['x-api-key', ''],
      ['x-api-key', 'Token '],
    ] as const) {
      expect(parse({ [name]: prefix + longest })).toBe(longest);
      expect(() => parse({ [name]: prefix + tooLong })).toThrow(REFUSAL);
    }
  });

  it('refuses a request without a token', () => {
    expect(() => parse({ cookie: 'token=t', 'x-token': 't' })).toThrow(REFUSAL);
  });

  it('returns every well-formed token, in every header', () => {
    const sound = fc.stringMatching(/^[!#-+\--~]{1,512}$/).filter((token) => !token.startsWith('lit_'));
    fc.assert(
      fc.property(sound, fc.integer({ min: 1, max: 9 }), (token, spaces) => {
        expect(parse({ authorization: `Token${' '.repeat(spaces)}${token}` })).toBe(token);
        expect(parse({ authentication: `Token${' '.repeat(spaces)}${token}` })).toBe(token);
        expect(parse({ 'x-api-key': token })).toBe(token);
      }),
    );
  });

  it('returns a well-formed token or refuses, for any headers', () => {
    const codePoint = fc.nat(0x10ffff).map((point) => String.fromCodePoint(point)); // the unit 'binary' takes a second to list them
    const anyText = fc.oneof(
      fc.string({ unit: codePoint }),
      fc.string().map((text) => `Token ${text}`),
    );
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('authorization', 'authentication', 'x-api-key'), anyText),
        (headers) => {
          try {
            expect(parse(headers)).toMatch(/^[!#-+\--~]{1,512}$/);
          } catch (error) {
            expect((error as RefusedError).refusal).toBe('invalid-token');
          }
        },
      ),
    );
  });
});
