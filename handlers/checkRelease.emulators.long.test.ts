/** Failures of checkRelease, in addition to those in checkRelease.emulators.test.ts. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeOnEmulators } from '../test/emulators';
import { startFaultProxy } from '../test/faultProxy';
import { cutAfterwards, failingAfterwards } from '../test/faults';
import { type Invoke, LIVE, type ReleaseCheck, startReleaseCheck, VERSIONS, verdict } from '../test/releaseCheck';

const [LIST, MAINTAIN] = [LIVE.LIST_LAMBDA_INSTANCES_LIVE, LIVE.MAINTAIN_PAGE_INDEX_LIVE];

describeOnEmulators('checkRelease', ({ createDatabase }) => {
  let subject: ReleaseCheck;
  beforeAll(async () => {
    subject = await startReleaseCheck(await createDatabase());
  });
  afterAll(() => subject.stop());

  it('succeeds if the responses to its own writes are lost', async () => {
    const proxy = await startFaultProxy(subject.database.environment.AWS_ENDPOINT_URL_DYNAMODB);
    proxy.inject({ fault: failingAfterwards, times: 1 }, { fault: cutAfterwards, operation: 'UpdateItem', times: 1 });
    const { reports } = await subject
      .release(subject.sound(), { AWS_ENDPOINT_URL_DYNAMODB: proxy.endpoint })
      .finally(proxy.stop);
    expect(reports).toEqual(verdict('Succeeded'));
    expect(proxy.calls.map(({ operation }) => operation)).toEqual(['PutItem', 'PutItem', 'UpdateItem', 'UpdateItem']);
    expect(await subject.unrevoked()).toEqual([]);
  });

  it.each([
    ['crashes', () => Promise.reject(new Error('no table')), 'no table'],
    ['answers null', async () => null, 'the answer is null'],
  ])('reports failure for a maintainer that %s, and logs the reason', async (_, broken, reason) => {
    const { reports, logged } = await subject.release({
      ...subject.sound(),
      [VERSIONS.MAINTAIN_PAGE_INDEX_VERSION]: broken,
    });
    expect(reports).toEqual(verdict('Failed'));
    expect(JSON.stringify(logged.filter(({ level }) => level === 'error'))).toContain(reason);
  });

  it('reports a failure before it runs out of time', async () => {
    const hanging = { ...subject.sound(), [VERSIONS.LIST_LAMBDA_INSTANCES_VERSION]: () => new Promise(() => {}) };
    const { reports } = await subject.release(hanging, {}, 6_000);
    expect(reports).toEqual(verdict('Failed'));
  });

  it.each(['LIST_LAMBDA_INSTANCES_VERSION', 'MAINTAIN_PAGE_INDEX_VERSION', 'TOKENS_TABLE'])(
    'reports failure if %s is not set',
    async (variable) => {
      const { reports, logged } = await subject.release(subject.sound(), { [variable]: '' });
      expect(reports).toEqual(verdict('Failed'));
      expect(JSON.stringify(logged)).toContain(`${variable} is not set`);
    },
  );

  describe('on a schedule', () => {
    it.each(['LIST_LAMBDA_INSTANCES_LIVE', 'MAINTAIN_PAGE_INDEX_LIVE', 'TOKENS_TABLE'])(
      'fails if %s is not set',
      async (variable) => {
        expect((await subject.check(subject.live(), { [variable]: '' })).thrown).toBe(`${variable} is not set`);
      },
    );

    it('costs what docs/operations.md says', async () => {
      const before = subject.list.logged().length;
      await subject.check(subject.live());
      const requests = subject.list
        .logged()
        .slice(before)
        .filter(({ message }) => message === 'request');
      const units = requests.reduce((sum, { readUnits = 0 }) => sum + Number(readUnits), 0);
      const guide = readFileSync(join(__dirname, '../docs/operations.md'), 'utf8');
      const [, ofList, read] =
        /8,640 runs with (\d+) requests to the list each, which read (\d+) units/.exec(guide) ?? [];
      expect(requests.length).toBe(Number(ofList));
      expect(Math.ceil(units)).toBe(Number(read));
    });

    it('revokes its token, which its label names, and never logs it', async () => {
      const { invoke, rows, seen } = subject.watchTokens();
      const { logged } = await subject.check({ ...subject.live(), [LIST]: invoke });
      const [own, ...others] = await rows();
      expect(own).toMatchObject({ label: 'synthetic check', revoked: true, expiresAt: own?.createdAt + 900 });
      expect(others).toEqual([]);
      for (const token of seen) expect(JSON.stringify(logged)).not.toContain(token);
    });

    it.each([
      ['the list crashes', LIST, () => Promise.reject(new Error('Cannot find module')), 'Cannot find module'],
      ['the list fails', LIST, async () => ({ statusCode: 503, headers: {}, body: '' }), 'the status is 503'],
      ['the maintainer answers null', MAINTAIN, async () => null, 'the answer is null'],
    ])('fails if %s, and logs the reason', async (_, arn, broken: Invoke, reason) => {
      const before = await subject.unrevoked();
      const { reports, logged, thrown } = await subject.check({ ...subject.live(), [arn]: broken });
      expect(thrown).toBe('the contract is not kept');
      expect(reports).toEqual([]);
      expect(JSON.stringify(logged.filter(({ level }) => level === 'error'))).toContain(reason);
      expect(await subject.unrevoked()).toEqual(before);
    });

    it('fails before it runs out of time', async () => {
      const hanging = { ...subject.live(), [LIST]: () => new Promise(() => {}) };
      expect((await subject.check(hanging, {}, 6_000)).thrown).toMatch(/^no answer within \d+ ms$/);
    });
  });
});
