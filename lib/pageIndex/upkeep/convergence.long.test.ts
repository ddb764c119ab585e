import fc from 'fast-check';
import { convergence } from '../../../test/pageIndex/property';

/** `npm run test:index` sets INDEX_RUNS to tens of thousands. INDEX_SEED repeats a failure, and shrinks it. */
const RUNS = Number(process.env.INDEX_RUNS ?? 200);
const SEED = Number(process.env.INDEX_SEED ?? Date.now() % 2 ** 31);

it(
  'the page index converges in any interleaving of writers, maintainers, audits, rebuilds, readers and a vandal',
  async () => {
    if (process.env.INDEX_RUNS) console.info(`${RUNS} interleavings, INDEX_SEED=${SEED}`);
    await fc.assert(convergence(), { numRuns: RUNS, seed: SEED, endOnFailure: process.env.INDEX_SEED === undefined });
  },
  300_000 + RUNS * 500,
);
