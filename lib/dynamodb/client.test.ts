import { DynamoDBClient, ProvisionedThroughputExceededException, QueryCommand } from '@aws-sdk/client-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { createTrace } from '../trace';
import { createClient } from './client';
import { isThrottled } from './outage';
import { countRows } from './partition';
import { openSession } from './session';

/** Cases that no emulator produces: throttling, and an empty page with a key. */
describe('a session with the SDK’s client', () => {
  const dynamo = mockClient(DynamoDBClient);
  const partition = { table: 'instances', partitionKey: { name: 'collection', value: 'all' }, sortKey: 'id' };
  const open = () => openSession(createClient(), new AbortController().signal, createTrace());

  beforeEach(() => {
    dynamo.reset();
  });

  it('reports a throttled query as a transient outage', async () => {
    dynamo.on(QueryCommand).rejects(new ProvisionedThroughputExceededException({ message: 'too much', $metadata: {} }));
    const counting = countRows(open(), partition, {});
    await expect(counting.catch(isThrottled)).resolves.toBe(true);
  });

  it('reads on after an empty page with a key', async () => {
    dynamo
      .on(QueryCommand)
      .resolvesOnce({ Count: 0, LastEvaluatedKey: { collection: { S: 'all' }, id: { N: '7' } } })
      .resolves({ Count: 2 });
    await expect(countRows(open(), partition, {})).resolves.toMatchObject({ count: 2, lastKey: undefined });
    expect(dynamo.commandCalls(QueryCommand).map(({ args: [{ input }] }) => input.ExclusiveStartKey?.id)).toEqual([
      undefined,
      { N: '7' },
    ]);
  });
});
