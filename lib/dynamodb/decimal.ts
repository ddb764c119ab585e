/**
 * Compares and writes DynamoDB's numbers without loss. They have up to 38 significant digits, from 1e-130 to 9.99…e125,
 * beyond JavaScript's numbers, and stay strings.
 */

const DECIMAL = /^([+-]?)(?=\.?\d)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;

/** `0.digits × 10^exponent`, without leading or trailing zeros in `digits`; empty for zero. */
type Decimal = { readonly negative: boolean; readonly digits: string; readonly exponent: number };

export const isDecimal = (value: unknown): value is string => typeof value === 'string' && DECIMAL.test(value);

function parseDecimal(text: string): Decimal {
  const match = DECIMAL.exec(text);
  if (!match) throw new RangeError('not a decimal number');
  // Stryker disable next-line StringLiteral: the whole part always matches, possibly empty
  const [, sign, whole = '', fraction = '', exponent = 0] = match;
  const all = whole + fraction;
  const first = all.search(/[1-9]/);
  if (first < 0) return { negative: false, digits: '', exponent: 0 };
  let end = all.length;
  while (all[end - 1] === '0') end -= 1;
  return { negative: sign === '-', digits: all.slice(first, end), exponent: whole.length - first + Number(exponent) };
}

/** Returns a negative number, zero or a positive number if `a` is less than, equal to or greater than `b`. */
export function compareDecimals(a: string, b: string): number {
  const difference = Number(a) - Number(b); // rounding preserves order
  if (difference !== 0) return difference;
  const [x, y] = [parseDecimal(a), parseDecimal(b)]; // of the same sign
  const magnitudes = x.exponent - y.exponent || (x.digits < y.digits ? -1 : x.digits > y.digits ? 1 : 0);
  return x.negative ? -magnitudes : magnitudes;
}

/** Returns the digits of an integer of at most `maxDigits`; undefined for any other number. */
export function toInteger(text: string, maxDigits: number): string | undefined {
  const { negative, digits, exponent } = parseDecimal(text);
  if (exponent < digits.length || exponent > maxDigits) return undefined;
  return `${negative ? '-' : ''}${digits.padEnd(exponent, '0') || '0'}`;
}

/** Returns the canonical form of a number as a key; undefined if it cannot be a key. */
export function toKey(text: string): string | undefined {
  if (!isDecimal(text)) return undefined;
  const { negative, digits, exponent } = parseDecimal(text);
  if (digits === '') return '0';
  const isHeld = digits.length <= 38 && exponent >= -129 && exponent <= 126; // 1e-130 to 9.99…e125
  if (!isHeld) return undefined;
  const power = exponent - digits.length;
  return `${negative ? '-' : ''}${digits}${power === 0 ? '' : `e${power}`}`;
}

const JSON_NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;

/** Returns the number as valid JSON, with exactly its digits. */
export function toJsonNumber(text: string): string {
  if (JSON_NUMBER.test(text)) return text;
  const { negative, digits, exponent } = parseDecimal(text);
  return digits === '' ? '0' : `${negative ? '-' : ''}0.${digits}e${exponent}`;
}
