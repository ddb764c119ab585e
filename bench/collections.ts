import { BatchWriteItemCommand } from '@aws-sdk/client-dynamodb';
import { createClient, databaseEnvironment } from '../infra/local/database';
import { startEmbedded } from '../infra/local/emulator';
import { createTables } from '../infra/local/tables';
import type { Sender } from '../lib/dynamodb/session';
import { COLLECTION, instancesIn } from '../lib/instances/source';
import { type PageIndex, pageIndexOf } from '../lib/pageIndex/store';
import { hasJava, startDynamoDbLocal } from '../test/dynamoDbLocal';
import { integers } from '../test/keys';
import { rebuildAll } from '../test/rebuildAll';
import { SimulatedDynamo } from '../test/simulatedDynamo';
import { TABLES } from '../test/tables';

/** Instances with the ids 1 to `size`, and their page index. */
export type Collection = {
  readonly where: string;
  readonly size: number;
  readonly rowBytes: number;
  readonly sender: Sender;
  readonly index: PageIndex;
  readonly stop: () => Promise<void>;
};

const ROWS = instancesIn(TABLES.INSTANCES_TABLE);

/** An attribute that pads a row to its size. */
const rowOf = (id: number | string, rowBytes: number) => ({
  collection: { S: COLLECTION },
  id: { N: String(id) },
  uuid: { N: String(id) },
  other: { S: 'x'.repeat(Math.max(0, rowBytes - 52)) },
});

export const simulated = (size: number, rowBytes: number): Promise<Collection> =>
  withIndex(simulatedRows(size, rowBytes));

/** Creates rows of one size in memory, without an index. */
export function simulatedRows(size: number, rowBytes: number): Omit<Collection, 'index'> {
  const toRow = (id: string) => rowOf(id, 0);
  const dynamo = new SimulatedDynamo({ rows: ROWS, keys: integers(size), toRow, rowBytes });
  const sender = dynamo.connect(async (_command, execute) => {
    await new Promise(setImmediate); // responses arrive later, so that parallel calls show
    return execute();
  });
  return { where: 'simulated', size, rowBytes, sender, stop: async () => {} };
}

/** On DynamoDB Local (needs Java) if `isLarge`, otherwise on the embedded emulator. */
export async function emulated(size: number, rowBytes: number, isLarge: boolean): Promise<Collection> {
  if (isLarge && !hasJava()) throw new Error('--large needs Java, for DynamoDB Local');
  const emulator = await (isLarge ? startDynamoDbLocal() : startEmbedded());
  const client = createClient(databaseEnvironment(emulator.endpoint, TABLES));
  await createTables(client, TABLES);
  for (let first = 1; first <= size; first += 1_000) {
    await Promise.all(
      Array.from({ length: 40 }, async (_, batch) => {
        const start = first + batch * 25;
        const ids = Array.from({ length: Math.max(0, Math.min(25, size + 1 - start)) }, (_, i) => start + i);
        const requests = ids.map((id) => ({ PutRequest: { Item: rowOf(id, rowBytes) } }));
        if (ids.length > 0) await client.send(new BatchWriteItemCommand({ RequestItems: { [ROWS.table]: requests } }));
      }),
    );
  }
  const where = isLarge ? 'DynamoDB Local' : 'embedded emulator';
  const stop = async () => {
    client.destroy();
    await emulator.stop();
  };
  return withIndex({ where, size, rowBytes, sender: client, stop });
}

async function withIndex(rows: Omit<Collection, 'index'>): Promise<Collection> {
  const collection = indexed(rows);
  await rebuildAll(collection.index);
  return collection;
}

/** Rows, with an index that is not yet built. */
export const indexed = (rows: Omit<Collection, 'index'>): Collection => ({
  ...rows,
  index: pageIndexOf(rows.sender, TABLES.PAGE_INDEX_TABLE, ROWS),
});
