/** Runs checkRelease against a stand-in for the AWS APIs that it calls. */
import { createHash } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { json, text } from 'node:stream/consumers';
import { PutCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { listenOnLocalhost } from '../infra/local/listen';
import { instancesIn } from '../lib/instances/source';
import { pageIndexOf } from '../lib/pageIndex/store';
import { loadFunction } from './builtFunction';
import type { EmptyDatabase } from './emulators';
import { rebuildAll } from './rebuildAll';

const ARN = 'arn:aws:lambda:eu-central-1:123456789012:function';
export const VERSIONS = {
  LIST_LAMBDA_INSTANCES_VERSION: `${ARN}:list:7`,
  MAINTAIN_PAGE_INDEX_VERSION: `${ARN}:maintain:8`,
};
export const LIVE = {
  LIST_LAMBDA_INSTANCES_LIVE: `${ARN}:list:live`,
  MAINTAIN_PAGE_INDEX_LIVE: `${ARN}:maintain:live`,
};
const HOOK = { DeploymentId: 'd-ABC', LifecycleEventHookExecutionId: 'hook-1' };
const SCHEDULED = { version: '0', source: 'aws.events', 'detail-type': 'Scheduled Event', detail: {} };

export type Invoke = (event: unknown) => Promise<unknown>;
/** Functions by ARN. */
type Functions = Readonly<Record<string, Invoke>>;

/** What CodeDeploy is sent. */
export const verdict = (status: string) => [
  [
    'CodeDeploy_20141006.PutLifecycleEventHookExecutionStatus',
    { deploymentId: 'd-ABC', lifecycleEventHookExecutionId: 'hook-1', status },
  ],
];

export type ReleaseCheck = Awaited<ReturnType<typeof startReleaseCheck>>;

/** Starts the built list and maintainer over these tables, which it fills. */
export async function startReleaseCheck(database: EmptyDatabase) {
  const list = loadFunction('listLambdaInstances', { ...database.environment, LOG_LEVEL: 'info' });
  const maintain = loadFunction('maintainPageIndex', { ...database.environment, LOG_LEVEL: 'silent' });
  const { INSTANCES_TABLE, PAGE_INDEX_TABLE } = database.environment;
  for (let id = 1; id <= 7; id += 1) {
    const Item = { collection: 'lambda-instances', id, uuid: id, name: 'A' };
    await database.documents.send(new PutCommand({ TableName: INSTANCES_TABLE, Item }));
  }
  await rebuildAll(pageIndexOf(database.client, PAGE_INDEX_TABLE, instancesIn(INSTANCES_TABLE)));

  /**
   * Runs checkRelease against a Lambda API with these functions by ARN; returns the reports to CodeDeploy, the log, and
   * what it threw.
   */
  async function run(event: unknown, functions: Functions, env: NodeJS.ProcessEnv, timeoutMs = 60_000) {
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

  const tokens = async () =>
    (await database.documents.send(new ScanCommand({ TableName: database.environment.TOKENS_TABLE }))).Items ?? [];

  /** Returns the list, and the checks' own tokens: those in the events that it has received, and their rows. */
  function watchTokens() {
    const seen = new Set<string>();
    return {
      seen,
      invoke: (event: unknown) => {
        for (const [token] of JSON.stringify(event).matchAll(/lit_\w+/g)) seen.add(token);
        return list.invoke(event);
      },
      rows: async () => {
        const hashes = [...seen].map((token) => createHash('sha256').update(token).digest('hex'));
        return (await tokens()).filter(({ tokenHash }) => hashes.includes(tokenHash));
      },
    };
  }

  return {
    database,
    list,
    watchTokens,
    /** Runs the hook as CodeDeploy does. */
    release: async (versions: Functions, env: NodeJS.ProcessEnv = {}, timeoutMs?: number) => {
      const { thrown, ...outcome } = await run(HOOK, versions, env, timeoutMs);
      expect(thrown).toBeUndefined();
      return outcome;
    },
    /** Runs it as its schedule does. */
    check: (functions: Functions, env: NodeJS.ProcessEnv = {}, timeoutMs?: number) =>
      run(SCHEDULED, functions, env, timeoutMs),
    sound: (): Functions => ({
      [VERSIONS.LIST_LAMBDA_INSTANCES_VERSION]: list.invoke,
      [VERSIONS.MAINTAIN_PAGE_INDEX_VERSION]: maintain.invoke,
    }),
    live: (): Functions => ({
      [LIVE.LIST_LAMBDA_INSTANCES_LIVE]: list.invoke,
      [LIVE.MAINTAIN_PAGE_INDEX_LIVE]: maintain.invoke,
    }),
    tokens,
    unrevoked: async () => (await tokens()).filter(({ revoked }) => !revoked),
    stop: async () => {
      await Promise.all([list.stop(), maintain.stop()]);
    },
  };
}
