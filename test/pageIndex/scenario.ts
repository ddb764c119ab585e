import fc from 'fast-check';
import { compareKeys } from '../keys';
import { DAMAGES } from './damages';

/**
 * A fault of one of an actor's reads or writes, counted from 0. `after`: it is executed, but its response is lost; `retry`:
 * it is executed twice, and the second attempt is answered; `late`: the first attempt is executed after the second.
 */
type Fault = {
  readonly on: 'read' | 'write';
  readonly call: number;
  readonly kind: 'crash before' | 'crash after' | 'fail before' | 'fail after' | 'retry' | 'late' | 'slow';
};

/** The conditions of an actor's calls. Ages and cuts repeat cyclically. */
export type Weather = {
  /** The duration of its writes, in turns: many calls of others may be executed meanwhile. */
  readonly turnsToWrite: number;
  readonly faults: readonly Fault[];
  readonly ages: readonly number[];
  readonly cuts: readonly number[];
};

/** Writes to some keys of the pool: one by one, concurrently, or all at once. */
export type Write = {
  readonly kind: 'put' | 'delete';
  readonly manner: 'single' | 'batch' | 'transaction';
  readonly keys: readonly string[];
  /** The size of the rows that it puts: an overwrite may make a row larger or smaller. */
  readonly bytes: number;
};

/** Some records of the stream; `skip` counts from the first that is not acknowledged. */
export type Delivery = { readonly skip: number; readonly size: number; readonly isReversed: boolean };

/** Restores an earlier state of a node. */
export const RESTORED = 'is as it once was';

/** What a vandal does to an item of the index, given another one; both are positions, modulo the number of items. */
export type Blow = { readonly kind: string; readonly item: number; readonly other: number };

export type Page = { readonly offset: number; readonly limit: number };

type Actor<Step> = { readonly steps: readonly Step[]; readonly weather: Weather };

export type Scenario = {
  /** The initial keys, in ascending order. */
  readonly initial: readonly string[];
  /** Their sizes, cyclically. */
  readonly bytes: readonly number[];
  /** Whether they have an index initially. */
  readonly isIndexed: boolean;
  readonly writers: readonly (readonly Write[])[];
  readonly maintainers: readonly Actor<Delivery>[];
  readonly audits: readonly Actor<{ maxUnits: number }>[];
  readonly rebuilds: readonly Actor<undefined>[];
  readonly verifiers: readonly Actor<undefined>[];
  /** Undefined: the whole list. */
  readonly readers: readonly Actor<Page | undefined>[];
  /** Damage to the index, and further audits meanwhile. */
  readonly vandalism: { readonly blows: readonly Blow[]; readonly audits: readonly Actor<{ maxUnits: number }>[] };
};

/** The maximum age of an eventually consistent read, in calls. */
export const MAX_AGE = 12;

/** In bytes: from many rows per read unit to the largest that DynamoDB accepts. */
const SIZES = [100, 100, 1_500, 5_000, 13_000, 409_600];

export const scenario = (sizes: readonly number[] = SIZES): fc.Arbitrary<Scenario> =>
  fc.tuple(pool(), fc.nat(60), fc.nat(80)).chain(([pool, first, size]) => {
    const gap = pool.slice(first, first + size); // where many rows are written at once
    return fc.record({
      initial: fc.oneof(fc.constant(pool.filter((key) => !gap.includes(key))), fc.subarray([...pool])),
      bytes: fc.oneof(
        fc.constant(sizes.slice(0, 1)),
        fc.array(fc.constantFrom(...sizes), { minLength: 1, maxLength: 5 }),
      ),
      isIndexed: fc.constantFrom(true, true, true, false),
      writers: fc.array(fc.array(write(pool, first, sizes), { minLength: 1, maxLength: 6 }), {
        minLength: 1,
        maxLength: 2,
      }),
      maintainers: fc.array(actor(delivery(), 6), { minLength: 1, maxLength: 3 }),
      audits: fc.array(audit(3), { maxLength: 1 }),
      rebuilds: seldom(fc.array(actor(fc.constant(undefined), 1), { minLength: 1, maxLength: 2 })),
      verifiers: seldom(fc.array(actor(fc.constant(undefined), 1), { minLength: 1, maxLength: 1 })),
      readers: fc.array(actor(fc.option(page(), { nil: undefined }), 4), { maxLength: 2 }),
      vandalism: fc.oneof(
        { weight: 2, arbitrary: fc.constant({ blows: [], audits: [] }) },
        {
          weight: 1,
          arbitrary: fc.record({
            blows: fc.array(blow(), { minLength: 1, maxLength: 4 }),
            audits: fc.array(audit(6), { maxLength: 2 }),
          }),
        },
      ),
    });
  });

const write = (pool: readonly string[], hotSpot: number, sizes: readonly number[]): fc.Arbitrary<Write> =>
  fc
    .record({
      kind: fc.constantFrom('put', 'delete'),
      manner: fc.constantFrom('single', 'batch', 'transaction'),
      first: fc.oneof(fc.nat(100), fc.integer({ min: hotSpot, max: hotSpot + 30 })),
      size: fc.oneof(fc.constant(1), fc.integer({ min: 2, max: 40 })),
      stride: fc.constantFrom(1, 1, 7),
      bytes: fc.constantFrom(...sizes),
    })
    .map(({ first, size, stride, ...others }) => {
      const positions = Array.from({ length: size }, (_, i) => (first + i * stride) % pool.length);
      return { ...others, keys: [...new Set(positions)].map((position) => pool[position] ?? '') };
    });

const delivery = (): fc.Arbitrary<Delivery> =>
  fc.record({ skip: fc.integer({ min: -3, max: 4 }), size: fc.integer({ min: 1, max: 30 }), isReversed: fc.boolean() });

const audit = (maxSteps: number) => actor(fc.record({ maxUnits: fc.integer({ min: 1, max: 12 }) }), maxSteps);

const blow = (): fc.Arbitrary<Blow> =>
  fc.record({
    kind: fc.constantFrom(...Object.keys(DAMAGES), RESTORED),
    item: fc.nat(200),
    other: fc.nat(200),
  });

const page = (): fc.Arbitrary<Page> => fc.record({ offset: fc.nat(120), limit: fc.integer({ min: 1, max: 7 }) });

function actor<Step>(step: fc.Arbitrary<Step>, maxSteps: number): fc.Arbitrary<Actor<Step>> {
  return fc.record({ steps: fc.array(step, { minLength: 1, maxLength: maxSteps }), weather: weather() });
}

const seldom = <Item>(items: fc.Arbitrary<Item[]>): fc.Arbitrary<Item[]> =>
  fc.oneof({ weight: 3, arbitrary: fc.constant<Item[]>([]) }, { weight: 1, arbitrary: items });

const weather = (): fc.Arbitrary<Weather> =>
  fc.record({
    turnsToWrite: fc.constantFrom(1, 1, 1, 10, 40),
    faults: fc.array(fault(), { maxLength: 6 }),
    ages: fc.array(fc.nat(MAX_AGE), { minLength: 1, maxLength: 3 }),
    cuts: fc.array(fc.nat(6), { minLength: 1, maxLength: 3 }),
  });

const fault = (): fc.Arbitrary<Fault> =>
  fc.oneof(
    fc.record({ on: fc.constant('read'), call: fc.nat(40), kind: fc.constantFrom(...KINDS) }),
    fc.record({ on: fc.constant('write'), call: fc.nat(15), kind: fc.constantFrom(...KINDS) }),
    fc.record({ on: fc.constant('write'), call: fc.nat(15), kind: fc.constantFrom('slow', 'retry', 'late') }),
  );

const KINDS: readonly Fault['kind'][] = ['crash before', 'crash after', 'fail before', 'fail after', 'retry', 'slow'];

/** All possible keys, in ascending order: consecutive as by auto-increment, or of any distribution. */
function pool(): fc.Arbitrary<readonly string[]> {
  const inSequence = fc
    .record({ start: fc.integer({ min: -1000, max: 1000 }), length: fc.integer({ min: 40, max: 130 }) })
    .map(({ start, length }) => Array.from({ length }, (_, i) => String(start + i)));
  const scattered = fc
    .uniqueArray(key(), { minLength: 40, maxLength: 130, size: 'max', comparator: (a, b) => compareKeys(a, b) === 0 })
    .map((keys) => keys.sort(compareKeys));
  return fc.oneof(inSequence, scattered);
}

const key = (): fc.Arbitrary<string> =>
  fc.oneof(
    fc.integer({ min: -200, max: 200 }).map(String),
    fc.tuple(fc.integer({ min: -99, max: 99 }), fc.integer({ min: 1, max: 99 })).map(([n, part]) => `${n}.${part}`),
    fc.bigInt({ min: -(10n ** 38n) + 1n, max: 10n ** 38n - 1n }).map(String),
    fc.tuple(fc.integer({ min: -9, max: 9 }), fc.integer({ min: -130, max: 125 })).map(([n, e]) => `${n}E${e}`),
  );
