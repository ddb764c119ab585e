/** Suites that need tables: they run on the embedded emulator in `npm test`, on DynamoDB Local in `npm run test:long`. */
import { randomUUID } from 'node:crypto';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { createClient, type DatabaseEnvironment, databaseEnvironment } from '../infra/local/database';
import { createTables } from '../infra/local/tables';
import { runningEmulator } from './sharedEmulator';

/** Empty tables that no other test knows. */
export type EmptyDatabase = {
  /** For the functions; has the tables' names. */
  readonly environment: DatabaseEnvironment;
  readonly client: DynamoDBClient;
  readonly documents: DynamoDBDocumentClient;
};

export type EmulatorUnderTest = {
  readonly hasStreams: boolean;
  /** Creates tables while tests run. They stay until the run ends; the client is destroyed after the suite. */
  readonly createDatabase: () => Promise<EmptyDatabase>;
};

/**
 * Declares a suite on the emulator of this run, which all suites share. Without Java the run of DynamoDB Local skips
 * the suite with a warning.
 *
 * @throws Error unless the file is named `*.emulators.test.ts`: by that name both runs find it
 */
export function describeOnEmulators(name: string, tests: (emulator: EmulatorUnderTest) => void): void {
  if (!expect.getState().testPath?.endsWith('.emulators.test.ts')) {
    throw new Error('name the file *.emulators.test.ts, so that it runs on both emulators');
  }
  const emulator = runningEmulator();
  if (!emulator.endpoint) console.warn(`skipped, because there is no Java: ${name}, on ${emulator.name}`);
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
