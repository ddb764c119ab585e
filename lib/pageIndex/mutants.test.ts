import fc from 'fast-check';
import { MUTANTS, mutate } from '../../test/pageIndex/mutants';

const MAX_RUNS = 3_000;

describe('the model of the page index fails', () => {
  it.each(Object.entries(MUTANTS))(
    'where %s',
    async (_rule, mutant) => {
      const { failed } = await fc.check(await mutate(mutant), { numRuns: MAX_RUNS, seed: 1, endOnFailure: true });
      expect(failed).toBe(true);
    },
    600_000,
  );
});
