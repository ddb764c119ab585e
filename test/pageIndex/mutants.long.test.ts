import fc from 'fast-check';
import { MUTANTS } from './mutants';
import { buildProperty } from './mutate';

const MAX_RUNS = 3_000; // most are caught within ten; a later model may need more

describe('the property of the page index', () => {
  it.each(Object.entries(MUTANTS))(
    'fails if %s',
    async (_mistake, { seed, path, sizes, patches }) => {
      const convergence = await buildProperty(patches);
      const options = { seed, ...(path ? { path } : {}), numRuns: MAX_RUNS, endOnFailure: true };
      const { failed, errorInstance } = await fc.check(convergence(sizes), options);
      expect(failed).toBe(true);
      expect(errorInstance).not.toBeInstanceOf(ReferenceError); // a patch that no longer fits its file
    },
    1_200_000, // ms: a later model may need minutes
  );
});
