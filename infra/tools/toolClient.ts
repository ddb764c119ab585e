import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { createRequestHandler } from './requestHandler';
import { ToolError } from './toolError';

/** The client and table of a failed call. */
export type FailedCall = { readonly client: DynamoDBClient; readonly table: string | undefined };

const failedCalls = new WeakMap<object, FailedCall>();

/** Returns the call of a tool's client that failed with this error. */
export const findFailedCall = (error: unknown): FailedCall | undefined =>
  typeof error === 'object' && error !== null ? failedCalls.get(error) : undefined;

/**
 * Creates a client for operators, which finds region, profile, endpoint, proxy and credentials like the AWS CLI. It
 * retries longer than the functions, since an operator can wait.
 */
export function createToolClient({ maxAttempts = 8, env = process.env } = {}): DynamoDBClient {
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true'; // of releases later than the pinned one
  const client = new DynamoDBClient({
    ...settingsIn(env),
    maxAttempts,
    retryMode: 'standard',
    requestHandler: createRequestHandler(),
  });
  client.middlewareStack.add(
    (next) => async (args) => {
      await findEndpoint(client);
      const { TableName: table } = args.input as { TableName?: string };
      try {
        return await next(args);
      } catch (error) {
        if (typeof error === 'object' && error !== null) failedCalls.set(error, { client, table });
        throw error;
      }
    },
    { step: 'initialize' },
  );
  return client;
}

/**
 * Returns region and keys of the environment. The SDK, unlike the AWS CLI, ignores `AWS_DEFAULT_REGION`, and prefers
 * `AWS_PROFILE` to the keys.
 */
function settingsIn(env: NodeJS.ProcessEnv): Pick<DynamoDBClientConfig, 'region' | 'credentials'> {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = env;
  const { AWS_SESSION_TOKEN: sessionToken, AWS_ACCOUNT_ID: accountId } = env;
  const region = env.AWS_REGION || env.AWS_DEFAULT_REGION;
  const place = region ? { region } : {};
  if (!accessKeyId || !secretAccessKey) return place;
  const session = { ...(sessionToken && { sessionToken }), ...(accountId && { accountId }) };
  return { ...place, credentials: { accessKeyId, secretAccessKey, ...session } };
}

/**
 * Returns the endpoint that the environment or the profile sets; undefined for AWS's default.
 *
 * @throws ToolError if it is not a URL
 */
export async function findEndpoint({ config }: DynamoDBClient): Promise<URL | undefined> {
  const given = config.endpoint ? await config.endpoint() : await config.serviceConfiguredEndpoint?.();
  if (given === undefined) return undefined;
  const text = typeof given === 'string' ? given : `${given.protocol}//${given.hostname}:${given.port ?? ''}`;
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw new ToolError(`AWS_ENDPOINT_URL_DYNAMODB must be a URL such as http://localhost:8000, not "${text}"`);
  }
  return new URL(text);
}
