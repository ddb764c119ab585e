import { describeOnEmulators } from '../test/emulators';
import { type ReleaseCheck, startReleaseCheck, VERSIONS, verdict } from '../test/releaseCheck';

describeOnEmulators('checkRelease', ({ createDatabase }) => {
  let subject: ReleaseCheck;
  beforeAll(async () => {
    subject = await startReleaseCheck(await createDatabase());
  });
  afterAll(() => subject.stop());

  it('reports success for working versions', async () => {
    const { reports, logged } = await subject.release(subject.sound());
    expect(reports).toEqual(verdict('Succeeded'));
    expect(logged.map(({ message }) => message)).toEqual(Array(10).fill('kept'));
  });

  it('revokes its token and never logs it', async () => {
    const { invoke, rows, seen } = subject.watchTokens();
    const versions = { ...subject.sound(), [VERSIONS.LIST_LAMBDA_INSTANCES_VERSION]: invoke };
    const { logged } = await subject.release(versions);
    const [own, ...others] = await rows();
    expect(own).toMatchObject({ label: 'release d-ABC', revoked: true, expiresAt: own?.createdAt + 900 });
    expect(others).toEqual([]);
    for (const token of seen) expect(JSON.stringify(logged)).not.toContain(token);
  });

  it.each([
    ['crashes', () => Promise.reject(new Error('Cannot find module')), 'Cannot find module'],
    ['answers nonsense', async () => 'hello', 'the function answered with'],
    ['fails', async () => ({ statusCode: 500, headers: {}, body: '' }), 'the status is 500'],
  ])('reports failure for a list that %s, and logs the reason', async (_, broken, reason) => {
    const { reports, logged } = await subject.release({
      ...subject.sound(),
      [VERSIONS.LIST_LAMBDA_INSTANCES_VERSION]: broken,
    });
    expect(reports).toEqual(verdict('Failed'));
    expect(JSON.stringify(logged.filter(({ level }) => level === 'error'))).toContain(reason);
    expect((await subject.tokens()).every(({ revoked }) => revoked)).toBe(true);
  });

  describe('on a schedule', () => {
    it('checks the alias that has the traffic, and reports nothing to CodeDeploy', async () => {
      const { reports, logged, thrown } = await subject.check(subject.live());
      expect(thrown).toBeUndefined();
      expect(reports).toEqual([]);
      expect(logged.map(({ message }) => message)).toEqual(Array(10).fill('kept'));
    });
  });
});
