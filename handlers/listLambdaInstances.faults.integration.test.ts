/** The built function, with one fault of each kind; listLambdaInstances.faults.long.test.ts has all of them. */
import { ALL } from '../test/documented';
import * as faults from '../test/faults';
import { type FaultyFunction, IS_UNAVAILABLE, startOverFaults } from '../test/faultyFunction';

let { proxy, indexed, ask, stop } = {} as FaultyFunction;

beforeAll(async () => {
  ({ proxy, indexed, ask, stop } = await startOverFaults());
});

afterEach(() => proxy.heal());

afterAll(() => stop());

describe('with a fault on the instances table', () => {
  const table = 'instances';

  it.each(Object.entries(faults.RETRIED))('answers 200 after %s once', async (_, fault) => {
    proxy.inject({ table, fault, times: 1 });
    expect(await ask()).toMatchObject({ status: 200, text: ALL });
  });

  it.each([
    ['repeated throttling', faults.throttled],
    ['DynamoDB hangs', faults.hanging],
    ['an HTML page', faults.garbled(200, '<html>Welcome to the hotel</html>')],
  ])('answers 503 in time after %s', async (_, fault) => {
    proxy.inject({ table, fault });
    expect(await ask({ remainingMs: 400 })).toMatchObject({ ...IS_UNAVAILABLE, isInTime: true });
  });

  it('answers 500 without a retry if the table is missing', async () => {
    proxy.calls.length = 0;
    proxy.inject({ table, fault: faults.missingTable });
    expect(await ask()).toMatchObject({ status: 500, headers: { 'cache-control': 'no-store' } });
    expect(proxy.calls.filter((call) => call.table === table)).toHaveLength(1);
  });
});

it('answers without the page index if that fails', async () => {
  proxy.inject({ table: 'page-index', fault: faults.failing });
  const { status, headers } = await ask({ host: indexed, query: 'limit=2&page=2' });
  expect({ status, total: headers['x-total-count'] }).toEqual({ status: 200, total: undefined });
});
