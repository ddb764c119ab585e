/** Generates episodes of faults and concurrent requests. */

import fc from 'fast-check';
import type { Fault } from './faultProxy';
import * as faults from './faults';
import { TABLES } from './tables';

/** Excludes faults that a counting reader cannot detect. */
const { 'a count of more': _, 'a last key that does not move': __, ...evident } = faults.CONTRADICTORY;

/** Transient faults by their effect on a call; some delay it, possibly beyond the time limit. */
const SLOW = {
  throttled: faults.throttled,
  'delayed too long': faults.delayed(60_000),
  hanging: faults.hanging,
  'hanging within the answer': faults.hangingWithinBody,
};
const QUICK = {
  failing: faults.failing,
  unavailable: faults.unavailable,
  'delayed a little': faults.delayed(20),
  'cut before the answer': faults.cutBeforeAnswer,
  'cut within the answer': faults.cutWithinBody,
  truncated: faults.truncated,
  'not HTTP': faults.notHttp,
  HTML: faults.garbled(200, '<html></html>'),
  'an error in HTML': faults.garbled(400, '<html></html>'),
  nothing: faults.garbled(200, ''),
  'an empty object': faults.garbled(200, '{}'),
  ...evident,
};
/** Faults of a wrong deployment. */
const LASTING = { denied: faults.denied, missing: faults.missingTable };

export const FAULTS: Readonly<Record<string, Fault>> = { ...SLOW, ...QUICK, ...LASTING };

export type Rule = {
  readonly fault: string;
  readonly table: string;
  readonly operation: string | undefined;
  readonly skip: number;
  readonly times: number | undefined;
};

export type Request = {
  readonly caller: 'holder' | 'stranger' | 'revoked' | 'nobody';
  /** `isWalked`: named by the id before it as well, as in a link to the next page. */
  readonly page: { readonly limit: number; readonly number: number; readonly isWalked: boolean } | null;
  readonly coding: string | undefined;
  readonly remainingMs: number;
};

export type Episode = {
  readonly rules: readonly Rule[];
  readonly requests: readonly Request[];
  readonly isAtOnce: boolean;
};

const rule: fc.Arbitrary<Rule> = fc.record({
  fault: fc.constantFrom(...Object.keys(FAULTS)),
  table: fc.constantFrom(...Object.values(TABLES)),
  operation: fc.constantFrom(undefined, undefined, 'GetItem', 'Query'),
  skip: fc.constantFrom(0, 0, 1, 2),
  times: fc.constantFrom(1, 1, 3, undefined),
});

const isWalked = fc.boolean();

const request = (size: number): fc.Arbitrary<Request> =>
  fc.record({
    caller: fc.constantFrom('holder', 'holder', 'holder', 'stranger', 'revoked', 'nobody'),
    page: fc.option(
      fc.oneof(
        fc.record({ limit: fc.integer({ min: 1, max: 50 }), number: fc.integer({ min: 1, max: 3 }), isWalked }),
        fc.record({ limit: fc.constant(23), number: fc.integer({ min: 1, max: Math.ceil(size / 23) + 5 }), isWalked }),
        fc.record({ limit: fc.integer({ min: 1, max: 2 * size }), number: fc.constant(1), isWalked }),
      ),
      { freq: 4 },
    ),
    coding: fc.constantFrom(undefined, 'gzip', 'br'),
    remainingMs: fc.constantFrom(1_200, 2_400),
  });

/** Returns the episode of a seed, for a list of this size. */
export function episodeOf(seed: number, size: number): Episode {
  const episode = fc.record({
    rules: fc.array(rule, { minLength: 1, maxLength: 3 }),
    requests: fc.array(request(size), { minLength: 1, maxLength: 8 }),
    isAtOnce: fc.boolean(),
  });
  const [sample] = fc.sample(episode, { seed, numRuns: 1 });
  if (!sample) throw new RangeError('a sample without an episode');
  return sample;
}

/** Whether these faults justify a status: 503 for transient faults, 500 for permanent ones. */
export function isExcused(status: 500 | 503, { caller }: Request, rules: readonly Rule[]): boolean {
  return rules.some(({ fault, table, operation }) => {
    const isCalled = operation === undefined || operation === (table === TABLES.INSTANCES_TABLE ? 'Query' : 'GetItem');
    if (!isCalled || caller === 'nobody') return false;
    if (table === TABLES.PAGE_INDEX_TABLE) return status === 503 && caller === 'holder' && fault in SLOW;
    if (table === TABLES.INSTANCES_TABLE && caller !== 'holder') return false;
    return status === 500 ? fault in LASTING : !(fault in LASTING) && fault !== 'delayed a little';
  });
}
