/** Suites with tables: on the embedded emulator in `npm test`, on DynamoDB Local in `npm run test:long`. */
import { randomUUID } from 'node:crypto';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { createClient, type DatabaseEnvironment, databaseEnvironment } from '../infra/local/database';
import { createTables } from '../infra/local/tables';
import { runningEmulator } from './sharedEmulator';

/** Empty tables, unique to a test. */
export type EmptyDatabase = {
  /** The functions' environment, with the tables' names. */
  readonly environment: DatabaseEnvironment;
  readonly client: DynamoDBClient;
  readonly documents: DynamoDBDocumentClient;
};

export type EmulatorUnderTest = {
  readonly hasStreams: boolean;
  /** Creates tables within a test. They exist until the run ends; the client is destroyed after the suite. */
  readonly createDatabase: () => Promise<EmptyDatabase>;
};

/**
 * Declares a suite on this run's shared emulator. Without Java, a run on DynamoDB Local skips it with a warning.
 *
 * @throws Error unless the file is named `*.emulators.test.ts`, by which both runs find it
 */
export function describeOnEmulators(name: string, tests: (emulator: EmulatorUnderTest) => void): void {
  if (!expect.getState().testPath?.endsWith('.emulators.test.ts')) {
    throw new Error('name the file *.emulators.test.ts, so that it runs on both emulators');
  }
  const emulator = runningEmulator();
  if (!emulator.endpoint) console.warn(`skipped without Java: ${name}, on ${emulator.name}`);
  const suite = emulator.endpoint ? describe : describe.skip;
  suite(`${name}, on ${emulator.name}`, () => {
    const clients: DynamoDBClient[] = [];
    afterAll(() => {
      for (const client of clients) client.destroy();
    });
    tests({
      hasStreams: emulator.hasStreams,
      createDatabase: async () => {
        const environment = databaseEnvironment(emulator.endpoint, uniqueNames());
        const client = createClient(environment);
        clients.push(client);
        await createTables(client, environment);
        return { environment, client, documents: DynamoDBDocumentClient.from(client) };
      },
    });
  });
}

function uniqueNames() {
  const suffix = randomUUID();
  return {
    TOKENS_TABLE: `tokens-${suffix}`,
    INSTANCES_TABLE: `instances-${suffix}`,
    PAGE_INDEX_TABLE: `page-index-${suffix}`,
  };
}
