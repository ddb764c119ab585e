import { orLate, timeToAnswerMs, withinTime } from './deadline';
import { UnavailableError } from './errors';

const withTimeLeft = (ms: unknown) => ({ getRemainingTimeInMillis: () => ms });

describe('timeToAnswerMs', () => {
  it.each([
    [0, 0],
    [-5, 0],
    [400, 200],
    [1_000, 500],
    [1_001, 501],
    [3_000, 2_500],
    [15_500, 15_000],
    [15_501, 15_000],
    [900_000, 15_000],
    ['400', 200],
  ])('of %j ms left takes %d', (left, expected) => {
    expect(timeToAnswerMs(withTimeLeft(left))).toBe(expected);
  });

  it.each([undefined, null, {}, 'x', 7, { getRemainingTimeInMillis: 400 }, withTimeLeft(undefined), withTimeLeft('x')])(
    'takes the most where Lambda tells nothing: %j',
    (context) => expect(timeToAnswerMs(context)).toBe(15_000),
  );

  it('asks a context that keeps its deadline in itself', () => {
    class Context {
      readonly #deadline = 1_000;
      getRemainingTimeInMillis(): number {
        return this.#deadline;
      }
    }
    expect(timeToAnswerMs(new Context())).toBe(500);
  });
});

describe('withinTime', () => {
  it('gives what was done in time, and then tells whatever is left to stop', async () => {
    let signal: AbortSignal | undefined;
    const result = await withinTime(60_000, async (deadline) => {
      signal = deadline;
      return deadline.aborted;
    });
    expect(result).toBe(false);
    expect(signal?.aborted).toBe(true);
  });

  it('gives up what takes longer, and tells it to stop', async () => {
    let signal: AbortSignal | undefined;
    const never = withinTime(5, (deadline) => {
      signal = deadline;
      return new Promise(() => {});
    });
    await expect(never).rejects.toEqual(new UnavailableError('no answer within 5 ms'));
    expect(signal?.aborted).toBe(true);
  });

  it('lets a failure through as it is, and leaves no timer behind', async () => {
    const failure = new Error('x');
    const clear = jest.spyOn(globalThis, 'clearTimeout');
    await expect(withinTime(60_000, () => Promise.reject(failure))).rejects.toBe(failure);
    expect(clear).toHaveBeenCalledTimes(1);
    clear.mockRestore();
  });
});

describe('orLate', () => {
  it('resolves to the result, and leaves no timer', async () => {
    jest.useFakeTimers();
    expect(await orLate(1_000, Promise.resolve('result'), 'late')).toBe('result');
    expect(jest.getTimerCount()).toBe(0);
    jest.useRealTimers();
  });

  it('resolves to what stands for a late result', async () => {
    expect(await orLate(1, new Promise<string>(() => {}), 'late')).toBe('late');
  });

  it('rejects as the promise does', async () => {
    const failure = new Error('x');
    await expect(orLate(1_000, Promise.reject(failure), undefined)).rejects.toBe(failure);
  });
});
