import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { startEmbedded } from './emulator';
import { isLoopback, parseEndpoint } from './endpoint';
import { seedTables } from './seed';
import { createTables, localTableNames, type TableNames } from './tables';

/** Silences the SDK's warning that its releases from 2027 on do not run on Node.js 20. */
const WITHOUT_WARNING = { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' };
Object.assign(process.env, WITHOUT_WARNING);

/** The environment with which the functions find the tables. */
export type DatabaseEnvironment = TableNames & {
  readonly AWS_ENDPOINT_URL_DYNAMODB: string;
  readonly AWS_REGION: string;
  readonly AWS_ACCESS_KEY_ID: string;
  readonly AWS_SECRET_ACCESS_KEY: string;
  readonly AWS_SESSION_TOKEN: string;
};

export type Database = {
  readonly environment: DatabaseEnvironment;
  readonly client: DynamoDBClient;
  /** Whether missing tables were created and empty ones filled with the sample rows. */
  readonly isSeeded: boolean;
  readonly stop: () => Promise<void>;
};

/**
 * Opens the DynamoDB at `AWS_ENDPOINT_URL_DYNAMODB`, or an embedded one. On this machine, missing tables are created and
 * empty ones get the sample rows. Elsewhere only with `seed`: the sample token is public and would open real tables.
 *
 * @throws Error with the endpoint if it is malformed, unreachable or not DynamoDB
 */
export async function openDatabase(env: NodeJS.ProcessEnv, { seed = false } = {}): Promise<Database> {
  const given = env.AWS_ENDPOINT_URL_DYNAMODB;
  const emulator = given ? { endpoint: parseEndpoint(given), stop: async () => {} } : await startEmbedded();
  const names = localTableNames(env);
  const environment = databaseEnvironment(emulator.endpoint, names, env);
  const client = createClient(environment);
  const isSeeded = seed || isLoopback(emulator.endpoint);
  if (isSeeded) {
    await createTables(client, names).catch((error) => {
      throw new Error(`DynamoDB at ${emulator.endpoint}: ${describeFailure(error)}`, { cause: error });
    });
    await seedTables(client, names);
  }
  return {
    environment,
    client,
    isSeeded,
    stop: async () => {
      client.destroy();
      await emulator.stop();
    },
  };
}

/** The SDK parses any response as JSON, and names an error `UnknownError` if the body does not. */
function describeFailure(error: Error & { code?: string; $metadata?: { httpStatusCode?: number } }): string {
  const isForeign = error.name === 'SyntaxError' || /^Unknown(Error)?$/.test(error.name);
  if (isForeign) return `the server there is not DynamoDB (status ${error.$metadata?.httpStatusCode ?? 'unknown'})`;
  return error.message || String(error.code); // a connection refused on all addresses has no message
}

/** Emulators accept any credentials; an endpoint that needs real ones gets those of `env`. */
export function databaseEnvironment(
  endpoint: string,
  names: TableNames,
  env: NodeJS.ProcessEnv = {},
): DatabaseEnvironment {
  return {
    ...names,
    AWS_ENDPOINT_URL_DYNAMODB: endpoint,
    AWS_REGION: env.AWS_REGION || 'eu-central-1',
    AWS_ACCESS_KEY_ID: env.AWS_ACCESS_KEY_ID || 'local',
    AWS_SECRET_ACCESS_KEY: env.AWS_SECRET_ACCESS_KEY || 'local',
    AWS_SESSION_TOKEN: env.AWS_SESSION_TOKEN || '',
    ...WITHOUT_WARNING,
  };
}

export function createClient(environment: DatabaseEnvironment): DynamoDBClient {
  return new DynamoDBClient({
    endpoint: environment.AWS_ENDPOINT_URL_DYNAMODB,
    region: environment.AWS_REGION,
    requestHandler: { connectionTimeout: 3_000, requestTimeout: 10_000, throwOnRequestTimeout: true },
    credentials: {
      accessKeyId: environment.AWS_ACCESS_KEY_ID,
      secretAccessKey: environment.AWS_SECRET_ACCESS_KEY,
      ...(environment.AWS_SESSION_TOKEN ? { sessionToken: environment.AWS_SESSION_TOKEN } : {}),
    },
  });
}
