import fc from 'fast-check';
import { convergence } from '../../../test/pageIndex/property';

/** `npm run test:index` runs tens of thousands; INDEX_RUNS says how many. INDEX_SEED repeats a failure, and reduces it. */
const RUNS = Number(process.env.INDEX_RUNS ?? 200);
const SEED = Number(process.env.INDEX_SEED ?? Date.now() % 2 ** 31);

it(
  'the page index converges, whatever writers, maintainers, audits, rebuilds and readers do in whatever order',
  async () => {
    if (process.env.INDEX_RUNS) console.info(`${RUNS} interleavings, INDEX_SEED=${SEED}`);
    await fc.assert(convergence(), { numRuns: RUNS, seed: SEED, endOnFailure: process.env.INDEX_SEED === undefined });
  },
  300_000 + RUNS * 500,
);
