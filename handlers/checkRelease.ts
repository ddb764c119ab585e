import { CodeDeployClient, PutLifecycleEventHookExecutionStatusCommand } from '@aws-sdk/client-codedeploy';
import type { Context, EventBridgeEvent } from 'aws-lambda';
import { required } from '../lib/config';
import { withinTime } from '../lib/deadline';
import { createClient } from '../lib/dynamodb/client';
import { createLog, type Log } from '../lib/log';
import { keepsContract } from '../lib/smoke/deployed';
import { createInvoker } from '../lib/smoke/invoke';

type Hook = { readonly DeploymentId: string; readonly LifecycleEventHookExecutionId: string };
type Schedule = Pick<EventBridgeEvent<'Scheduled Event', unknown>, 'source'>;
type Time = Pick<Context, 'getRemainingTimeInMillis'>;

const RESERVE_MS = 5_000; // for the report that time ran out; without one CodeDeploy waits for an hour

/** Checks a release for CodeDeploy before it gets traffic, or, on a schedule, the version that has the traffic. */
export const handler = (event: Hook | Schedule, context: Time): Promise<void> =>
  'DeploymentId' in event ? checkRelease(event, context) : checkLive(context);

/**
 * CodeDeploy's hook before a release gets traffic: reports `Succeeded` only if the new versions fulfil the contract.
 * https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-structure-hooks.html
 */
async function checkRelease(hook: Hook, context: Time): Promise<void> {
  const log = createLog('info').with({ deploymentId: hook.DeploymentId });
  const isGood = await check('VERSION', `release ${hook.DeploymentId}`, log, context).catch((error: unknown) => {
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
}

/** @throws Error if a promise is not kept or time runs out, so that Lambda counts an error, which an alarm watches */
async function checkLive(context: Time): Promise<void> {
  const isGood = await check('LIVE', 'synthetic check', createLog('info'), context);
  if (!isGood) throw new Error('the contract is not kept');
}

/** Checks the functions at the ARNs that end in their version, or in the alias `live`. */
function check(at: 'VERSION' | 'LIVE', label: string, log: Log, context: Time): Promise<boolean> {
  return withinTime(context.getRemainingTimeInMillis() - RESERVE_MS, async () => {
    const invoke = createInvoker();
    return keepsContract({
      list: invoke(required(process.env, `LIST_LAMBDA_INSTANCES_${at}`)),
      maintain: invoke(required(process.env, `MAINTAIN_PAGE_INDEX_${at}`)),
      tokens: { sender: createClient(), table: required(process.env, 'TOKENS_TABLE') },
      label,
      now: () => Date.now() / 1000,
      log,
    });
  });
}
