import fc from 'fast-check';
import { MUTANTS, mutate } from '../../test/pageIndex/mutants';

/** Some mistakes take a thousand interleavings to show: `npm run test:index` looks for all, `npm test` for the plainest. */
const isLong = process.env.INDEX_RUNS !== undefined;
const PLAIN = [
  'a parent is incremented',
  'a count stops at 1 MB',
  'records are acknowledged before all sums are written',
];

describe('the model of the page index fails', () => {
  it.each(Object.entries(MUTANTS).filter(([rule]) => isLong || PLAIN.includes(rule)))(
    'where %s',
    async (_rule, mutant) => {
      const { failed } = await fc.check(await mutate(mutant), { numRuns: 3_000, seed: 1, endOnFailure: true });
      expect(failed).toBe(true);
    },
    600_000,
  );
});
