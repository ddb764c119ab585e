import { randomUUID } from 'node:crypto';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { createClient, type DatabaseEnvironment, databaseEnvironment } from '../infra/local/database';
import { type Emulator, startEmbedded } from '../infra/local/emulator';
import { createTables } from '../infra/local/tables';
import { hasJava, startDynamoDbLocal } from './dynamoDbLocal';

/** Empty tables that no other test knows. */
export type EmptyDatabase = {
  /** For the functions; has the tables' names. */
  readonly environment: DatabaseEnvironment;
  readonly client: DynamoDBClient;
  readonly documents: DynamoDBDocumentClient;
};

export type EmulatorUnderTest = {
  readonly name: string;
  readonly hasStreams: boolean;
  /** While tests run; what is created is destroyed with the suite. */
  readonly createDatabase: () => Promise<EmptyDatabase>;
};

const EMULATORS = [
  { name: 'the embedded emulator', start: startEmbedded, hasStreams: false, isThere: () => true },
  { name: 'DynamoDB Local', start: startDynamoDbLocal, hasStreams: true, isThere: hasJava },
];

/**
 * A suite for each emulator. Where there is no Java, that on DynamoDB Local is skipped, and the report says so; with
 * REQUIRE_ALL_SUITES in the environment it fails instead.
 */
export function describeOnEmulators(name: string, tests: (emulator: EmulatorUnderTest) => void): void {
  for (const emulator of EMULATORS) {
    const isThere = emulator.isThere() || Boolean(process.env.REQUIRE_ALL_SUITES);
    const suite = isThere ? describe : describe.skip;
    if (!isThere) console.warn(`skipped, because there is no Java: ${name}, on ${emulator.name}`);
    suite(`${name}, on ${emulator.name}`, () => {
      let { endpoint, stop }: Emulator = { endpoint: '', stop: async () => {} };
      const clients: DynamoDBClient[] = [];
      beforeAll(async () => {
        ({ endpoint, stop } = await emulator.start());
      }, 30_000);
      afterAll(async () => {
        for (const client of clients) client.destroy();
        await stop();
      });
      tests({
        ...emulator,
        createDatabase: async () => {
          const environment = databaseEnvironment(endpoint, uniqueNames());
          const client = createClient(environment);
          clients.push(client);
          await createTables(client, environment);
          return { environment, client, documents: DynamoDBDocumentClient.from(client) };
        },
      });
    });
  }
}

function uniqueNames() {
  const suffix = randomUUID();
  return {
    TOKENS_TABLE: `tokens-${suffix}`,
    INSTANCES_TABLE: `instances-${suffix}`,
    PAGE_INDEX_TABLE: `page-index-${suffix}`,
  };
}
