import type { AttributeValue, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createClient, type DatabaseEnvironment, databaseEnvironment } from '../infra/local/database';
import { startEmbedded } from '../infra/local/emulator';
import { createTables } from '../infra/local/tables';
import { instancesIn } from '../lib/instances/source';
import { pageIndexOf } from '../lib/pageIndex/store';
import { rebuildAll } from './rebuildAll';
import { putInstances, putToken, TABLES } from './tables';

export type FilledDatabase = {
  /** The functions' environment, with the names of TABLES. */
  readonly environment: DatabaseEnvironment;
  readonly client: DynamoDBClient;
  readonly stop: () => Promise<void>;
};

/** Starts a separate embedded DynamoDB with these instances, their page index, and these live tokens. */
export async function startFilledDatabase(
  instances: readonly Readonly<Record<string, AttributeValue>>[],
  tokens: readonly string[],
): Promise<FilledDatabase> {
  const emulator = await startEmbedded();
  const environment = databaseEnvironment(emulator.endpoint, TABLES);
  const client = createClient(environment);
  await createTables(client, TABLES);
  await putInstances(client, TABLES.INSTANCES_TABLE, instances);
  for (const token of tokens) await putToken(client, TABLES.TOKENS_TABLE, token);
  await rebuildAll(pageIndexOf(client, TABLES.PAGE_INDEX_TABLE, instancesIn(TABLES.INSTANCES_TABLE)));
  return {
    environment,
    client,
    stop: async () => {
      client.destroy();
      await emulator.stop();
    },
  };
}
