/** Suites with tables: on the embedded emulator in `npm test`, on DynamoDB Local in `npm run test:long`; long ones there on both. */
import { randomUUID } from 'node:crypto';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { createClient, type DatabaseEnvironment, databaseEnvironment } from '../infra/local/database';
import { createTables } from '../infra/local/tables';
import { type RunningEmulator, runningEmulators } from './sharedEmulator';

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
 * Declares a suite on the first emulator that this run shares, or on all of them if the file's name ends in
 * `.emulators.long.test.ts`. Without Java, the suite on DynamoDB Local is skipped with a warning.
 *
 * @throws Error unless the file's name ends in `.emulators.test.ts` or `.emulators.long.test.ts`, by which both emulators
 *   are tried
 */
export function describeOnEmulators(name: string, tests: (emulator: EmulatorUnderTest) => void): void {
  const named = /\.emulators(\.long)?\.test\.ts$/.exec(expect.getState().testPath ?? '');
  if (!named) {
    throw new Error('name the file *.emulators.test.ts or *.emulators.long.test.ts, so that it runs on both emulators');
  }
  for (const emulator of named[1] ? runningEmulators() : runningEmulators().slice(0, 1)) {
    describeOn(emulator, name, tests);
  }
}

function describeOn(emulator: RunningEmulator, name: string, tests: (emulator: EmulatorUnderTest) => void): void {
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
