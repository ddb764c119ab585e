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
  ])('returns, with %j ms left, %d', (left, expected) => {
    expect(timeToAnswerMs(withTimeLeft(left))).toBe(expected);
  });

  it.each([undefined, null, {}, 'x', 7, { getRemainingTimeInMillis: 400 }, withTimeLeft(undefined), withTimeLeft('x')])(
    'returns the maximum if the context has no remaining time: %j',
    (context) => expect(timeToAnswerMs(context)).toBe(15_000),
  );

  it('calls the method on its context', () => {
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
  it('returns the result, then aborts the remaining work', async () => {
    let signal: AbortSignal | undefined;
    const result = await withinTime(60_000, async (deadline) => {
      signal = deadline;
      return deadline.aborted;
    });
    expect(result).toBe(false);
    expect(signal?.aborted).toBe(true);
  });

  it('rejects and aborts a task that takes longer', async () => {
    let signal: AbortSignal | undefined;
    const never = withinTime(5, (deadline) => {
      signal = deadline;
      return new Promise(() => {});
    });
    await expect(never).rejects.toEqual(new UnavailableError('no answer within 5 ms'));
    expect(signal?.aborted).toBe(true);
  });

  it('passes on an error unchanged, and leaves no timer', async () => {
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

  it('resolves to `late` after the limit', async () => {
    expect(await orLate(1, new Promise<string>(() => {}), 'late')).toBe('late');
  });

  it('rejects if the promise does', async () => {
    const failure = new Error('x');
    await expect(orLate(1_000, Promise.reject(failure), undefined)).rejects.toBe(failure);
  });
});
