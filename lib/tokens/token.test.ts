import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { parseCredential } from './credential';
import { createToken, isMistyped } from './token';

const BASE_62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const random = fc.string({ unit: fc.constantFrom(...BASE_62), minLength: 43, maxLength: 43 });
const base62 = (text: string): number => [...text].reduce((sum, digit) => sum * 62 + BASE_62.indexOf(digit), 0);

describe('a token', () => {
  it('has a prefix, 256 random bits and a checksum, in characters valid in a header', () => {
    const tokens = new Set(Array.from({ length: 1000 }, createToken));
    expect(tokens.size).toBe(1000);
    for (const token of tokens) expect(token).toMatch(/^lit_[0-9A-Za-z]{49}$/);
    expect(43 * Math.log2(62)).toBeGreaterThan(256);
  });

  it('is not mistyped when new', () => {
    for (let i = 0; i < 1000; i += 1) expect(isMistyped(createToken())).toBe(false);
  });

  it('has GitHub’s checksum: the CRC-32 of the random part in six base-62 digits', () => {
    for (let i = 0; i < 1000; i += 1) {
      const token = createToken();
      expect(base62(token.slice(-6))).toBe(crc32(token.slice(4, -6)));
    }
  });

  it('is mistyped with any other checksum', () => {
    fc.assert(
      fc.property(random, fc.nat(62 ** 6 - 1), (text, guess) => {
        const digits = Array.from({ length: 6 }, (_, i) => BASE_62[Math.floor(guess / 62 ** (5 - i)) % 62]).join('');
        expect(isMistyped(`lit_${text}${digits}`)).toBe(guess !== crc32(text));
      }),
    );
  });

  it('is mistyped after a single character is changed, lost, doubled or swapped with the next', () => {
    const token = createToken();
    for (let i = 4; i < token.length; i += 1) {
      const [before, character, after] = [token.slice(0, i), token[i] ?? '', token.slice(i + 1)];
      const slips = [
        before + (character === 'x' ? 'y' : 'x') + after,
        before + after,
        before + character + character + after,
        before + after.slice(0, 1) + character + after.slice(1),
      ];
      for (const slip of slips)
        expect({ slip, mistyped: isMistyped(slip) }).toEqual({ slip, mistyped: slip !== token });
    }
  });

  it.each(['lit_', 'lit_0', 'lit_000000', `lit_${'0'.repeat(48)}`, `lit_${'0'.repeat(50)}`, `lit_${'é'.repeat(49)}`])(
    'is mistyped with the prefix alone: %s',
    (token) => expect(isMistyped(token)).toBe(true),
  );

  it.each(['', 'tJ3b3f32f23ceuqdoS_TH7m0d6yxmlWL1r2ralKcttY', 'LIT_x', 'xlit_0', 'lit'])(
    'is not checked without the prefix: "%s"',
    (token) => expect(isMistyped(token)).toBe(false),
  );
});

describe('parseCredential', () => {
  const authorization = (token: string) => new Map([['authorization', `Token ${token}`]]);

  it('accepts a token from createToken', () => {
    const token = createToken();
    expect(parseCredential(authorization(token))).toBe(token);
  });

  it('refuses a mistyped token like any other invalid one', () => {
    expect(() => parseCredential(authorization(`${createToken()}x`))).toThrow(
      expect.objectContaining({ refusal: 'invalid-token' }),
    );
  });
});
