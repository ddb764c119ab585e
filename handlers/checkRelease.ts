import { CodeDeployClient, PutLifecycleEventHookExecutionStatusCommand } from '@aws-sdk/client-codedeploy';
import type { Context } from 'aws-lambda';
import { required } from '../lib/config';
import { withinTime } from '../lib/deadline';
import { createClient } from '../lib/dynamodb/client';
import { createLog } from '../lib/log';
import { createInvoker } from '../lib/smoke/invoke';
import { isReleasable } from '../lib/smoke/release';

type Hook = { readonly DeploymentId: string; readonly LifecycleEventHookExecutionId: string };

const RESERVE_MS = 5_000; // for the report that time ran out; without one CodeDeploy waits for an hour

/**
 * CodeDeploy's hook before a release gets traffic: reports `Succeeded` only if the new versions keep the contract.
 * https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-structure-hooks.html
 */
export const handler = async (hook: Hook, context: Pick<Context, 'getRemainingTimeInMillis'>): Promise<void> => {
  const log = createLog('info').with({ deploymentId: hook.DeploymentId });
  const judge = async () => {
    const invoke = createInvoker();
    return isReleasable({
      list: invoke(required(process.env, 'LIST_LAMBDA_INSTANCES_VERSION')),
      maintain: invoke(required(process.env, 'MAINTAIN_PAGE_INDEX_VERSION')),
      tokens: { sender: createClient(), table: required(process.env, 'TOKENS_TABLE') },
      label: `release ${hook.DeploymentId}`,
      now: () => Date.now() / 1000,
      log,
    });
  };
  const isGood = await withinTime(context.getRemainingTimeInMillis() - RESERVE_MS, judge).catch((error: unknown) => {
    log.error('the release could not be judged', { error });
    return false;
  });
  await new CodeDeployClient().send(
    new PutLifecycleEventHookExecutionStatusCommand({
      deploymentId: hook.DeploymentId,
      lifecycleEventHookExecutionId: hook.LifecycleEventHookExecutionId,
      status: isGood ? 'Succeeded' : 'Failed',
    }),
  );
};
