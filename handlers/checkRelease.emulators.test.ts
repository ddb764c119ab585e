import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { join } from 'node:path';
import { json, text } from 'node:stream/consumers';
import { PutCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { listenOnLocalhost } from '../infra/local/listen';
import { instancesIn } from '../lib/instances/source';
import { pageIndexOf } from '../lib/pageIndex/store';
import { type BuiltFunction, loadFunction } from '../test/builtFunction';
import { describeOnEmulators, type EmptyDatabase } from '../test/emulators';
import { startFaultProxy } from '../test/faultProxy';
import { cutAfterwards, failingAfterwards } from '../test/faults';
import { rebuildAll } from '../test/rebuildAll';

jest.setTimeout(30_000);

const ARN = 'arn:aws:lambda:eu-central-1:123456789012:function';
const VERSIONS = {
  LIST_LAMBDA_INSTANCES_VERSION: `${ARN}:list:7`,
  MAINTAIN_PAGE_INDEX_VERSION: `${ARN}:maintain:8`,
};
const LIVE = {
  LIST_LAMBDA_INSTANCES_LIVE: `${ARN}:list:live`,
  MAINTAIN_PAGE_INDEX_LIVE: `${ARN}:maintain:live`,
};
const HOOK = { DeploymentId: 'd-ABC', LifecycleEventHookExecutionId: 'hook-1' };
const SCHEDULED = { version: '0', source: 'aws.events', 'detail-type': 'Scheduled Event', detail: {} };

type Invoke = (event: unknown) => Promise<unknown>;

describeOnEmulators('checkRelease', ({ createDatabase }) => {
  let database: EmptyDatabase;
  let list: BuiltFunction;
  let maintain: BuiltFunction;
  beforeAll(async () => {
    database = await createDatabase();
    list = loadFunction('listLambdaInstances', { ...database.environment, LOG_LEVEL: 'info' });
    maintain = loadFunction('maintainPageIndex', { ...database.environment, LOG_LEVEL: 'silent' });
    const { INSTANCES_TABLE, PAGE_INDEX_TABLE } = database.environment;
    for (let id = 1; id <= 7; id += 1) {
      const Item = { collection: 'lambda-instances', id, uuid: id, name: 'A' };
      await database.documents.send(new PutCommand({ TableName: INSTANCES_TABLE, Item }));
    }
    await rebuildAll(pageIndexOf(database.client, PAGE_INDEX_TABLE, instancesIn(INSTANCES_TABLE)));
  });
  afterAll(async () => {
    await list.stop();
    await maintain.stop();
  });

  /**
   * Runs checkRelease against a Lambda API with these functions by ARN; returns the reports to CodeDeploy, the log, and
   * what it threw.
   */
  async function run(event: unknown, functions: Record<string, Invoke>, env: NodeJS.ProcessEnv, timeoutMs = 60_000) {
    const reports: unknown[] = [];
    const aws: RequestListener = async (request, response) => {
      response.setHeader('content-type', 'application/json');
      const [, arn] = /^\/2015-03-31\/functions\/([^/]+)\/invocations/.exec(request.url ?? '') ?? [];
      if (arn === undefined) {
        reports.push([request.headers['x-amz-target'], await json(request)]);
        response.end('{}');
        return;
      }
      const invoke = functions[decodeURIComponent(arn)];
      const event: unknown = JSON.parse(await text(request));
      const answer = await invoke?.(event).catch((error: Error) => {
        response.setHeader('x-amz-function-error', 'Unhandled');
        return { errorType: error.name, errorMessage: error.message };
      });
      response.end(JSON.stringify(answer));
    };
    const { port, close } = await listenOnLocalhost(0, aws);
    const endpoint = `http://127.0.0.1:${port}`;
    const checkRelease = loadFunction('checkRelease', {
      ...database.environment,
      ...VERSIONS,
      ...LIVE,
      AWS_ENDPOINT_URL_LAMBDA: endpoint,
      AWS_ENDPOINT_URL_CODEDEPLOY: endpoint,
      ...env,
    });
    try {
      const thrown = await checkRelease.invoke(event, timeoutMs).then(
        () => undefined,
        ({ message }: Error) => message,
      );
      return { reports, logged: checkRelease.logged(), thrown };
    } finally {
      await checkRelease.stop();
      close();
    }
  }

  /** Runs the hook as CodeDeploy does. */
  async function release(versions: Record<string, Invoke>, env: NodeJS.ProcessEnv = {}, timeoutMs?: number) {
    const { thrown, ...outcome } = await run(HOOK, versions, env, timeoutMs);
    expect(thrown).toBeUndefined();
    return outcome;
  }

  const verdict = (status: string) => [
    [
      'CodeDeploy_20141006.PutLifecycleEventHookExecutionStatus',
      { deploymentId: 'd-ABC', lifecycleEventHookExecutionId: 'hook-1', status },
    ],
  ];

  const sound = (): Record<string, Invoke> => ({
    [VERSIONS.LIST_LAMBDA_INSTANCES_VERSION]: (event) => list.invoke(event),
    [VERSIONS.MAINTAIN_PAGE_INDEX_VERSION]: (event) => maintain.invoke(event),
  });

  const tokens = async () =>
    (await database.documents.send(new ScanCommand({ TableName: database.environment.TOKENS_TABLE }))).Items ?? [];

  it('reports success for working versions', async () => {
    const { reports, logged } = await release(sound());
    expect(reports).toEqual(verdict('Succeeded'));
    expect(logged.map(({ message }) => message)).toEqual(Array(10).fill('kept'));
  });

  it('revokes its token and never logs it', async () => {
    const seen: string[] = [];
    const { logged } = await release({
      ...sound(),
      [VERSIONS.LIST_LAMBDA_INSTANCES_VERSION]: (event) => {
        seen.push(...(JSON.stringify(event).match(/lit_\w+/g) ?? []));
        return list.invoke(event);
      },
    });
    const hashes = new Set(seen.map((token) => createHash('sha256').update(token).digest('hex')));
    const own = (await tokens()).filter(({ tokenHash }) => hashes.has(tokenHash));
    expect(own).toEqual([
      expect.objectContaining({ label: 'release d-ABC', revoked: true, expiresAt: own[0]?.createdAt + 900 }),
    ]);
    for (const token of seen) expect(JSON.stringify(logged)).not.toContain(token);
  });

  it('succeeds if the responses to its own writes are lost', async () => {
    const proxy = await startFaultProxy(database.environment.AWS_ENDPOINT_URL_DYNAMODB);
    proxy.inject({ fault: failingAfterwards, times: 1 }, { fault: cutAfterwards, operation: 'UpdateItem', times: 1 });
    const { reports } = await release(sound(), { AWS_ENDPOINT_URL_DYNAMODB: proxy.endpoint }).finally(proxy.stop);
    expect(reports).toEqual(verdict('Succeeded'));
    expect(proxy.calls.map(({ operation }) => operation)).toEqual(['PutItem', 'PutItem', 'UpdateItem', 'UpdateItem']);
    expect((await tokens()).filter(({ revoked }) => !revoked)).toEqual([]);
  });

  it.each([
    ['crashes', () => Promise.reject(new Error('Cannot find module')), 'Cannot find module'],
    ['answers nonsense', async () => 'hello', 'the function answered with'],
    ['fails', async () => ({ statusCode: 500, headers: {}, body: '' }), 'the status is 500'],
  ])('reports failure for a list that %s, and logs the reason', async (_, broken, reason) => {
    const { reports, logged } = await release({ ...sound(), [VERSIONS.LIST_LAMBDA_INSTANCES_VERSION]: broken });
    expect(reports).toEqual(verdict('Failed'));
    expect(JSON.stringify(logged.filter(({ level }) => level === 'error'))).toContain(reason);
    expect((await tokens()).every(({ revoked }) => revoked)).toBe(true);
  });

  it.each([
    ['crashes', () => Promise.reject(new Error('no table')), 'no table'],
    ['answers null', async () => null, 'the answer is null'],
  ])('reports failure for a maintainer that %s, and logs the reason', async (_, broken, reason) => {
    const { reports, logged } = await release({ ...sound(), [VERSIONS.MAINTAIN_PAGE_INDEX_VERSION]: broken });
    expect(reports).toEqual(verdict('Failed'));
    expect(JSON.stringify(logged.filter(({ level }) => level === 'error'))).toContain(reason);
  });

  it.each(['LIST_LAMBDA_INSTANCES_VERSION', 'MAINTAIN_PAGE_INDEX_VERSION', 'TOKENS_TABLE'])(
    'reports failure if %s is not set',
    async (variable) => {
      const { reports, logged } = await release(sound(), { [variable]: '' });
      expect(reports).toEqual(verdict('Failed'));
      expect(JSON.stringify(logged)).toContain(`${variable} is not set`);
    },
  );

  it('reports a failure before it runs out of time', async () => {
    const hanging = { ...sound(), [VERSIONS.LIST_LAMBDA_INSTANCES_VERSION]: () => new Promise(() => {}) };
    const { reports } = await release(hanging, {}, 6_000);
    expect(reports).toEqual(verdict('Failed'));
  });

  describe('on a schedule', () => {
    const [LIST, MAINTAIN] = [LIVE.LIST_LAMBDA_INSTANCES_LIVE, LIVE.MAINTAIN_PAGE_INDEX_LIVE];
    const live = (): Record<string, Invoke> => ({
      [LIST]: (event) => list.invoke(event),
      [MAINTAIN]: (event) => maintain.invoke(event),
    });
    const check = (functions: Record<string, Invoke>, env: NodeJS.ProcessEnv = {}, timeoutMs?: number) =>
      run(SCHEDULED, functions, env, timeoutMs);
    const unrevoked = async () => (await tokens()).filter(({ revoked }) => !revoked);

    it('checks the alias that has the traffic, and reports nothing to CodeDeploy', async () => {
      const { reports, logged, thrown } = await check(live());
      expect(thrown).toBeUndefined();
      expect(reports).toEqual([]);
      expect(logged.map(({ message }) => message)).toEqual(Array(10).fill('kept'));
    });

    it('revokes its token, which its label names, and never logs it', async () => {
      const seen: string[] = [];
      const { logged } = await check({
        ...live(),
        [LIST]: (event) => {
          seen.push(...(JSON.stringify(event).match(/lit_\w+/g) ?? []));
          return list.invoke(event);
        },
      });
      const hashes = new Set(seen.map((token) => createHash('sha256').update(token).digest('hex')));
      const own = (await tokens()).filter(({ tokenHash }) => hashes.has(tokenHash));
      expect(own).toEqual([
        expect.objectContaining({ label: 'synthetic check', revoked: true, expiresAt: own[0]?.createdAt + 900 }),
      ]);
      for (const token of seen) expect(JSON.stringify(logged)).not.toContain(token);
    });

    it.each([
      ['the list crashes', LIST, () => Promise.reject(new Error('Cannot find module')), 'Cannot find module'],
      ['the list fails', LIST, async () => ({ statusCode: 503, headers: {}, body: '' }), 'the status is 503'],
      ['the maintainer answers null', MAINTAIN, async () => null, 'the answer is null'],
    ])('fails if %s, and logs the reason', async (_, arn, broken: Invoke, reason) => {
      const before = await unrevoked();
      const { reports, logged, thrown } = await check({ ...live(), [arn]: broken });
      expect(thrown).toBe('the contract is not kept');
      expect(reports).toEqual([]);
      expect(JSON.stringify(logged.filter(({ level }) => level === 'error'))).toContain(reason);
      expect(await unrevoked()).toEqual(before);
    });

    it.each(['LIST_LAMBDA_INSTANCES_LIVE', 'MAINTAIN_PAGE_INDEX_LIVE', 'TOKENS_TABLE'])(
      'fails if %s is not set',
      async (variable) => {
        expect((await check(live(), { [variable]: '' })).thrown).toBe(`${variable} is not set`);
      },
    );

    it('fails before it runs out of time', async () => {
      const hanging = { ...live(), [LIST]: () => new Promise(() => {}) };
      expect((await check(hanging, {}, 6_000)).thrown).toMatch(/^no answer within \d+ ms$/);
    });

    it('costs what docs/operations.md says', async () => {
      const before = list.logged().length;
      await check(live());
      const requests = list
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
  });
});
