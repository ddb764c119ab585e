import { UnavailableError } from '../errors';
import { ask, orLate, patienceFor } from './askIndex';

const NOTHING = { place: { after: undefined, rank: 0 }, total: undefined, blocks: undefined };
const LATE = { ...NOTHING, failure: new UnavailableError('the page index is late') };
const never = new Promise<never>(() => {});

describe('the page index, asked,', () => {
  it('tells what it knows, and nothing of the rest', async () => {
    expect(await ask(Promise.resolve({ total: 7 }), 1_000)).toEqual({ ...NOTHING, total: 7 });
  });

  it('tells why it does not know', async () => {
    const failure = new Error('damaged');
    expect(await ask(Promise.reject(failure), 1_000)).toEqual({ ...NOTHING, failure });
  });

  it('is given up when it takes too long', async () => {
    expect(await ask(never, 1)).toEqual(LATE);
    expect(await orLate(never, 1)).toEqual(LATE);
  });

  it('leaves no timer behind', async () => {
    jest.useFakeTimers();
    await ask(Promise.resolve({}), 1_000);
    expect(jest.getTimerCount()).toBe(0);
    jest.useRealTimers();
  });

  it.each([
    [400, 100],
    [4_000, 1_000],
    [15_000, 1_000],
  ])('has, of %d ms for the whole answer, %d', (timeMs, patienceMs) => {
    expect(patienceFor(timeMs)).toBe(patienceMs);
  });
});
