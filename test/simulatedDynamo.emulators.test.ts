import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { countRows } from '../lib/dynamodb/partition';
import { instancesIn } from '../lib/instances/source';
import { describeOnEmulators } from './emulators';
import { integers } from './keys';
import { keyOf } from './pageIndex/smallIndex';
import { SimulatedDynamo } from './simulatedDynamo';

/** Far enough from multiples of 4 KB that a few bytes of overhead do not matter. */
const SIZES = [300, 6_000, 1_000, 30_000, 500, 9_000];

describeOnEmulators('the simulation of DynamoDB', ({ createDatabase }) => {
  it('charges a count as emulators do: the sum of the rows’ sizes by 4 KB, and half for eventual consistency', async () => {
    const { client, environment } = await createDatabase();
    const rows = instancesIn(environment.INSTANCES_TABLE);
    for (const [i, bytes] of SIZES.entries()) {
      const Item = { ...keyOf(String(i + 1)), other: { S: 'x'.repeat(bytes - 40) } };
      await client.send(new PutItemCommand({ TableName: rows.table, Item }));
    }
    const rowBytes = (key: string) => SIZES[Number(key) - 1] ?? 0;
    const simulated = new SimulatedDynamo({ rows, keys: integers(SIZES.length), rowBytes }).connect();
    for (const consistent of [true, false]) {
      for (let limit = 1; limit <= SIZES.length; limit += 1) {
        for (const after of [undefined, '1', '3']) {
          const count = (sender: typeof simulated) => countRows(sender, rows, { after }, { limit, consistent });
          const { count: own, units } = await count(client);
          expect(await count(simulated)).toMatchObject({ count: own, units });
        }
      }
    }
  });
});
