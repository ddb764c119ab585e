import { createTrace, timed } from './trace';

describe('timed', () => {
  it('returns the result of a step and records its duration', async () => {
    const trace = createTrace();
    const clock = jest
      .spyOn(process.hrtime, 'bigint')
      .mockReturnValueOnce(1_000_000_000n)
      .mockReturnValueOnce(1_004_500_000n);
    expect(await timed(trace, 'token', async () => 7)).toBe(7);
    clock.mockRestore();
    expect([...trace.timings]).toEqual([['token', 4.5]]);
  });

  it('records the duration of a failed step', async () => {
    const trace = createTrace();
    const failure = new Error('x');
    await expect(timed(trace, 'page', () => Promise.reject(failure))).rejects.toBe(failure);
    expect(trace.timings.get('page')).toBeGreaterThanOrEqual(0);
  });
});
