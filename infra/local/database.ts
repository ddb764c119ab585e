import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { startEmbedded } from './emulator';
import { seedTables } from './seed';
import { createTables, localTableNames, type TableNames } from './tables';

/** The SDK's versions of 2027 will not run on Node.js 20, and this one says so wherever it is loaded. */
const WITHOUT_WARNING = { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' };
Object.assign(process.env, WITHOUT_WARNING);

/** What the functions need of their environment to find the tables. */
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
  readonly stop: () => Promise<void>;
};

/**
 * The DynamoDB at `AWS_ENDPOINT_URL_DYNAMODB`, else an embedded one. Tables that are missing are created, and empty
 * ones filled with the sample rows; but not in AWS, where the sample token, known to the world, would open them.
 */
export async function openDatabase(env: NodeJS.ProcessEnv): Promise<Database> {
  const given = env.AWS_ENDPOINT_URL_DYNAMODB;
  const emulator = given ? { endpoint: given, stop: async () => {} } : await startEmbedded();
  const names = localTableNames(env);
  const environment = databaseEnvironment(emulator.endpoint, names, env);
  const client = createClient(environment);
  if (!isAws(emulator.endpoint)) {
    await createTables(client, names).catch((error) => {
      const reason = error.message || error.code; // a connection that is refused on all addresses has no message
      throw new Error(`DynamoDB at ${emulator.endpoint}: ${reason}`, { cause: error });
    });
    await seedTables(client, names);
  }
  return {
    environment,
    client,
    stop: async () => {
      client.destroy();
      await emulator.stop();
    },
  };
}

export const isAws = (endpoint: string): boolean =>
  /\.(amazonaws\.com|amazonaws\.com\.cn|api\.aws)$/.test(new URL(endpoint).hostname);

/** An emulator takes any credentials; an endpoint that wants real ones finds them in `env`. */
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
    credentials: {
      accessKeyId: environment.AWS_ACCESS_KEY_ID,
      secretAccessKey: environment.AWS_SECRET_ACCESS_KEY,
      ...(environment.AWS_SESSION_TOKEN ? { sessionToken: environment.AWS_SESSION_TOKEN } : {}),
    },
  });
}
