/** Many walks by `Link: rel="next"` for each event source. */
import fc from 'fast-check';
import { EVENT_FORMATS } from '../test/events';
import { SimulatedApi } from '../test/simulatedApi';
import { walks } from '../test/walk';

let api: SimulatedApi;

beforeAll(() => {
  api = new SimulatedApi(() => jest.requireActual('./listLambdaInstances'));
});

afterAll(() => jest.restoreAllMocks());

it.each(EVENT_FORMATS)(
  'a walk through $name shows every permanent instance exactly once during concurrent writes',
  (format) =>
    fc.assert(
      fc.asyncProperty(walks, (walk) => api.walk(format, walk)),
      { numRuns: 60 },
    ),
);
