import fc from 'fast-check';
import { compareDecimals, isDecimal, toInteger, toJsonNumber, toKey } from './decimal';

const DIGITS_38 = '98765432109876543210987654321098765432';

describe('isDecimal', () => {
  it.each([
    '0',
    '-0',
    '7',
    '+7',
    '007',
    '1.5',
    '.5',
    '5.',
    '-12.50',
    '1e3',
    '1E+3',
    '-9.9e-130',
    '9.9E125',
    '1e00001',
    DIGITS_38,
  ])('accepts %j', (text) => expect(isDecimal(text)).toBe(true));

  it.each([
    '',
    '.',
    '-',
    '+',
    'e5',
    '.e5',
    '1e',
    '1e+',
    '--1',
    '1.2.3',
    '1,5',
    '0x10',
    'NaN',
    'Infinity',
    ' 1',
    '1 ',
    '1\n',
    '١',
  ])('rejects %j', (text) => expect(isDecimal(text)).toBe(false));

  it.each([undefined, null, 7, ['7']])('accepts only strings, not %j', (value) => {
    expect(isDecimal(value)).toBe(false);
  });
});

describe('toJsonNumber', () => {
  it.each([
    ['1', '1'],
    ['-5', '-5'],
    ['0.1', '0.1'],
    ['-0.25', '-0.25'],
    [DIGITS_38, DIGITS_38],
    [`-${DIGITS_38}`, `-${DIGITS_38}`],
    ['1E+25', '1E+25'],
    ['9.9999999999999999999999999999999999999E+125', '9.9999999999999999999999999999999999999E+125'],
    ['1E-130', '1E-130'],
    ['1e5', '1e5'],
  ])('leaves %s unchanged, since it is valid JSON', (text, expected) => {
    expect(toJsonNumber(text)).toBe(expected);
  });

  it.each([
    ['+1', '0.1e1'],
    ['007', '0.7e1'],
    ['.5', '0.5e0'],
    ['5.', '0.5e1'],
    ['-.05', '-0.5e-1'],
    ['+0', '0'],
    ['00.0', '0'],
  ])('rewrites %s, which is not valid JSON, as %s', (text, expected) => {
    expect(toJsonNumber(text)).toBe(expected);
  });

  it.each(['', 'x', '1e', 'e1'])('refuses %j', (text) => {
    expect(() => toJsonNumber(text)).toThrow(new RangeError('not a decimal number'));
  });

  it('preserves the exact value of any number', () => {
    fc.assert(
      fc.property(decimalText(), (text) => {
        const json = toJsonNumber(text);
        expect(() => JSON.parse(json)).not.toThrow();
        expect(exact(json)).toEqual(exact(text));
      }),
    );
  });
});

describe('toInteger', () => {
  it.each([
    ['0', '0'],
    ['-0', '0'],
    ['7', '7'],
    ['-7', '-7'],
    ['+07', '7'],
    ['5.00', '5'],
    ['1e2', '100'],
    ['1.5E1', '15'],
    [DIGITS_38, DIGITS_38],
    ['1e37', `1${'0'.repeat(37)}`],
  ])('writes the digits of %s', (text, expected) => {
    expect(toInteger(text, 38)).toBe(expected);
  });

  it.each(['0.5', '1.5', '1e-1', '-12.01', '1e38', '1E+125', '9'.repeat(39)])('returns undefined for %s', (text) =>
    expect(toInteger(text, 38)).toBeUndefined(),
  );

  it('agrees with BigInt', () => {
    fc.assert(
      fc.property(decimalText(), (text) => {
        const { numerator, scale } = exact(text);
        const isInteger = numerator % 10n ** scale === 0n;
        const integer = String(numerator / 10n ** scale);
        const isShort = integer.replace('-', '').length <= 38;
        expect(toInteger(text, 38)).toBe(isInteger && isShort ? integer : undefined);
      }),
    );
  });
});

describe('compareDecimals', () => {
  it.each([
    ['1', '2'],
    ['-2', '-1'],
    ['-1', '0'],
    ['0', '1e-130'],
    ['-1e-130', '0'],
    ['9', '10'],
    ['12', '123'],
    ['1.2', '1.23'],
    ['99', '1e2'],
    ['0.999', '1'],
    [`${DIGITS_38.slice(0, -1)}1`, DIGITS_38],
    [`-${DIGITS_38}`, `-${DIGITS_38.slice(0, -1)}1`],
    ['1.00000000000000009', '1.0000000000000001'],
    ['-9.9e125', '-9.8e125'],
  ])('orders %s before %s', (a, b) => {
    expect(compareDecimals(a, b)).toBeLessThan(0);
    expect(compareDecimals(b, a)).toBeGreaterThan(0);
  });

  it.each([
    ['1', '1.0'],
    ['100', '1e2'],
    ['0', '-0.00'],
    ['0.5', '.5'],
    ['-0010', '-1E+1'],
  ])('treats %s and %s as equal', (a, b) => {
    expect(Math.abs(compareDecimals(a, b))).toBe(0);
  });

  it('agrees with BigInt', () => {
    fc.assert(
      fc.property(decimalText(), decimalText(), (a, b) => {
        const [x, y] = [exact(a), exact(b)];
        const difference = x.numerator * 10n ** y.scale - y.numerator * 10n ** x.scale;
        expect(Math.sign(compareDecimals(a, b)) + 0).toBe(difference < 0n ? -1 : difference > 0n ? 1 : 0);
      }),
    );
  });
});

/** Numbers in every form that `isDecimal` accepts, within DynamoDB's range; often small, so that some are equal. */
function decimalText(): fc.Arbitrary<string> {
  const digits = (maxLength: number) => fc.stringMatching(new RegExp(`^[0-9]{0,${maxLength}}$`));
  const few = fc.record({ whole: digits(2), fraction: digits(2), exponent: fc.integer({ min: -3, max: 3 }) });
  const many = fc.record({ whole: digits(38), fraction: digits(38), exponent: fc.integer({ min: -130, max: 125 }) });
  return fc
    .tuple(fc.constantFrom('', '-', '+'), fc.oneof(few, many), fc.constantFrom('', 'e', 'E', 'E+'))
    .map(([sign, { whole, fraction, exponent }, letter]) => {
      const power = letter === '' ? '' : `${exponent < 0 ? letter[0] : letter}${exponent}`;
      return `${sign}${whole}${fraction === '' ? '' : `.${fraction}`}${power}`;
    })
    .filter((text) => /\d/.test(text.replace(/e.*/i, '')));
}

/** The number as `numerator / 10^scale`. */
function exact(text: string): { numerator: bigint; scale: bigint } {
  const [mantissa = '', exponent = '0'] = text.toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.replace(/^[+-]/, '').split('.');
  const numerator = BigInt(`0${whole}${fraction}`) * (mantissa.startsWith('-') ? -1n : 1n);
  const scale = fraction.length - Number(exponent);
  const scaled = scale < 0 ? numerator * 10n ** BigInt(-scale) : numerator;
  return lowestTerms(scaled, BigInt(Math.max(0, scale)));
}

function lowestTerms(numerator: bigint, scale: bigint): { numerator: bigint; scale: bigint } {
  return scale > 0n && numerator % 10n === 0n ? lowestTerms(numerator / 10n, scale - 1n) : { numerator, scale };
}

describe('toKey', () => {
  it.each([
    ['7', '7'],
    ['+007', '7'],
    ['-0', '0'],
    ['0e99', '0'],
    ['0e99999', '0'],
    ['1e00003', '1e3'],
    ['1e99999', undefined],
    ['.5', '5e-1'],
    ['-1.50', '-15e-1'],
    ['120', '12e1'],
    ['1e3', '1e3'],
    ['1E+125', '1e125'],
    ['1e126', undefined],
    ['9.99e125', '999e123'],
    ['1e-130', '1e-130'],
    ['1e-131', undefined],
    ['9'.repeat(38), '9'.repeat(38)],
    ['9'.repeat(39), undefined],
    [`1${'0'.repeat(125)}`, '1e125'],
    ['', undefined],
    ['x', undefined],
    [' 1', undefined],
    ['1e', undefined],
    ['NaN', undefined],
    ['0x1', undefined],
  ])('converts %.50j to the key %j', (text, key) => {
    expect(toKey(text)).toBe(key);
  });

  it('reads exponents of any length, as DynamoDB does', () => {
    expect(toKey(`1${'0'.repeat(20_000)}e-20000`)).toBe('1');
    expect(toKey(`1e${'9'.repeat(400)}`)).toBeUndefined();
  });

  it('preserves every number in DynamoDB’s range', () => {
    const digits = fc.stringMatching(/^[1-9]\d{0,37}$/);
    fc.assert(
      fc.property(digits, fc.integer({ min: -130, max: 87 }), fc.boolean(), (significand, exponent, isNegative) => {
        const text = `${isNegative ? '-' : ''}${significand}e${exponent}`;
        expect(Math.abs(compareDecimals(toKey(text) ?? '', text))).toBe(0);
      }),
    );
  });
});
