/** Sort keys in ascending order, possibly computed: a range of numbers stands for millions of rows. */
export type Keys = {
  readonly size: number;
  readonly at: (position: number) => string;
  /** Returns the number of keys up to and including this one. */
  readonly upTo: (key: string) => number;
};

/** The integers from 1, as from auto-increment. */
export const integers = (size: number): Keys => ({
  size,
  at: (position) => String(position + 1),
  upTo: (key) => Math.min(size, Math.max(0, Math.floor(Number(key)))),
});

/** Distinct decimals; `sorted` must be in ascending order. */
export const sortedKeys = (sorted: readonly string[]): Keys => ({
  size: sorted.length,
  at: (position) => {
    const key = sorted[position];
    if (key === undefined) throw new RangeError('no key exists at this position');
    return key;
  },
  upTo: (key) => countUpTo(sorted, key),
});

export const toArray = (keys: Keys): string[] => Array.from({ length: keys.size }, (_, i) => keys.at(i));

export const hasKey = (keys: Keys, key: string): boolean => {
  const end = keys.upTo(key);
  return end > 0 && keys.at(end - 1) === key;
};

export function withKey(keys: Keys, key: string): Keys {
  const end = keys.upTo(key);
  return sortedKeys(toArray(keys).toSpliced(end, 0, key));
}

export function withoutKey(keys: Keys, key: string): Keys {
  const end = keys.upTo(key);
  return sortedKeys(toArray(keys).toSpliced(end - 1, 1));
}

function countUpTo(sorted: readonly string[], key: string): number {
  const value = scaled(key);
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (scaled(sorted[middle] ?? '') <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function compareKeys(a: string, b: string): number {
  const [x, y] = [scaled(a), scaled(b)];
  return x < y ? -1 : x > y ? 1 : 0;
}

/** Returns a decimal as an exact multiple of 1e-170, below DynamoDB's smallest step. */
function scaled(key: string): bigint {
  let value = values.get(key);
  if (value === undefined) {
    const [mantissa = '', exponent = '0'] = key.toLowerCase().split('e');
    const [whole = '', fraction = ''] = mantissa.split('.');
    value = BigInt(whole + fraction) * 10n ** BigInt(170 + Number(exponent) - fraction.length);
    values.set(key, value);
  }
  return value;
}

const values = new Map<string, bigint>();
