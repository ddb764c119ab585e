import fc from 'fast-check';
import { convergence } from '../../../test/pageIndex/property';

const RUNS = 10; // most mistakes show within ten; `npm run test:long` takes 200, `npm run test:index` 20,000

it('the page index converges in a few interleavings of writers, maintainers, audits, rebuilds, readers and a vandal', () =>
  fc.assert(convergence(), { numRuns: RUNS, endOnFailure: true }));
