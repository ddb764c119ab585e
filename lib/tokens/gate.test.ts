import { RefusedError, UnavailableError } from '../errors';
import { invalidToken } from './credential';
import { createGate } from './gate';

/** A step that the test completes. */
function step<Result>() {
  let [resolve, reject]: [(value: Result) => void, (error: unknown) => void] = [() => {}, () => {}];
  const promise = new Promise<Result>((yes, no) => {
    [resolve, reject] = [yes, no];
  });
  return { run: jest.fn(() => promise), resolve, reject };
}

const passed = async () => {};
const refused = async () => {
  throw invalidToken({ reason: 'unknown' });
};

describe('the gate', () => {
  it('reads for a new token only after its check', async () => {
    const [check, read] = [step<void>(), step<string>()];
    const result = createGate()('a', check.run, read.run).then((reading) => reading());
    await new Promise(setImmediate);
    expect(read.run).not.toHaveBeenCalled();
    check.resolve();
    read.resolve('page');
    await expect(result).resolves.toBe('page');
  });

  it('reads in parallel with the check for a token that has passed before, and waits for the check', async () => {
    const letThrough = createGate();
    await letThrough('a', passed, async () => 'page');
    const [check, read] = [step<void>(), step<string>()];
    const ended = jest.fn();
    const result = letThrough('a', check.run, read.run)
      .finally(ended)
      .then((reading) => reading());
    expect(read.run).toHaveBeenCalled();
    read.resolve('page');
    await new Promise(setImmediate);
    expect(ended).not.toHaveBeenCalled();
    check.resolve();
    await expect(result).resolves.toBe('page');
  });

  it.each([
    ['the page', async () => 'page'],
    ['an error', () => Promise.reject(new UnavailableError('the read failed'))],
    ['a refusal', () => Promise.reject(new RefusedError('no-instances', 'none'))],
  ])('rejects a token revoked since, even if the read returned %s', async (_what, read) => {
    const letThrough = createGate();
    await letThrough('a', passed, async () => 'page');
    await expect(letThrough('a', refused, read as () => Promise<string>)).rejects.toMatchObject({
      refusal: 'invalid-token',
    });
  });

  it('forgets a refused token', async () => {
    const letThrough = createGate();
    await letThrough('a', passed, async () => 'page');
    await letThrough('a', refused, async () => 'page').catch(() => {});
    const read = jest.fn(async () => 'page');
    await letThrough('a', refused, read).catch(() => {});
    expect(read).not.toHaveBeenCalled();
  });

  it('remembers a token whose check failed', async () => {
    const letThrough = createGate();
    await letThrough('a', passed, async () => 'page');
    const unavailable = () => Promise.reject(new UnavailableError('throttled'));
    await letThrough('a', unavailable, async () => 'page').catch(() => {});
    const read = jest.fn(async () => 'page');
    await letThrough('a', unavailable, read).catch(() => {});
    expect(read).toHaveBeenCalled();
  });

  it('does not remember a token that never passed', async () => {
    const letThrough = createGate();
    const unavailable = () => Promise.reject(new UnavailableError('throttled'));
    const read = jest.fn(async () => 'page');
    await letThrough('a', unavailable, read).catch(() => {});
    await letThrough('a', unavailable, read).catch(() => {});
    expect(read).not.toHaveBeenCalled();
  });

  it('remembers the 1,000 most recently used tokens', async () => {
    const letThrough = createGate();
    const names = Array.from({ length: 1_001 }, (_, i) => String(i));
    for (const name of names) await letThrough(name, passed, async () => 'page');
    const isRemembered = async (name: string) => {
      const read = jest.fn(async () => 'page');
      await letThrough(name, () => Promise.reject(new UnavailableError('throttled')), read).catch(() => {});
      return read.mock.calls.length > 0;
    };
    expect([await isRemembered('0'), await isRemembered('1'), await isRemembered('1000')]).toEqual([false, true, true]);
  });
});
