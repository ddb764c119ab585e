import { PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { IndexedRows, keyOf } from '../../../test/pageIndex/smallIndex';
import { assertTree } from '../../../test/pageIndex/tree';
import { recountChanges } from './stream';

const record = (eventName: string, key: string, SequenceNumber: string) => ({
  eventID: 'e',
  eventName,
  eventSource: 'aws:dynamodb',
  dynamodb: { Keys: keyOf(key), SequenceNumber, StreamViewType: 'KEYS_ONLY' },
});

describe('recountChanges', () => {
  it('counts insertions and deletions, and acknowledges all of them', async () => {
    const rows = await IndexedRows.create(20);
    await rows.put('0.5', '20.5');
    await rows.delete('7');
    const Records = [record('INSERT', '0.5', '1'), record('REMOVE', '7', '2'), record('INSERT', '20.5', '3')];
    const recounted = await recountChanges(rows.index, { Records });
    expect(recounted).toEqual({ keys: 3, failed: new Map(), response: { batchItemFailures: [] } });
    await assertTree(rows.index, rows.dynamo.keys, { isTidy: false });
  });

  it('ignores overwrites and rows of other partitions, which change no count', async () => {
    const rows = await IndexedRows.create(20);
    const calls: string[] = [];
    rows.carry = async (command, execute) => {
      calls.push((command as object).constructor.name);
      return execute();
    };
    const elsewhere = record('INSERT', '3', '2');
    elsewhere.dynamodb.Keys.collection = { S: 'others' };
    const event = { Records: [record('MODIFY', '3', '1'), elsewhere] };
    expect(await recountChanges(rows.index, event)).toMatchObject({ keys: 0, response: { batchItemFailures: [] } });
    expect(calls).not.toContain(QueryCommand.name);
  });

  it('reports the first record of each key whose block failed', async () => {
    const rows = await IndexedRows.create(20);
    rows.carry = async (command, execute) => {
      if (command instanceof QueryCommand && command.input.ExpressionAttributeValues?.[':through']?.N === '4') {
        throw new Error('throttled');
      }
      return execute();
    };
    const Records = [
      record('INSERT', '10', '1'),
      record('INSERT', '3', '2'),
      record('MODIFY', '4', '3'),
      record('REMOVE', '3', '4'),
      record('INSERT', '4', '5'),
    ];
    const { failed, response } = await recountChanges(rows.index, { Records });
    expect(response).toEqual({ batchItemFailures: [{ itemIdentifier: '2' }, { itemIdentifier: '5' }] });
    expect([...failed]).toEqual([
      ['3', new Error('throttled')],
      ['4', new Error('throttled')],
    ]);
  });

  it('does not acknowledge a record before all sums up to the root are written', async () => {
    const rows = await IndexedRows.create(60);
    rows.carry = async (command, execute) => {
      if (command instanceof PutItemCommand && command.input.Item?.node?.S === 'root') throw new Error('throttled');
      return execute();
    };
    const Records = [record('INSERT', '3', '7'), record('INSERT', '50', '8')];
    const { response } = await recountChanges(rows.index, { Records });
    expect(response).toEqual({ batchItemFailures: [{ itemIdentifier: '7' }, { itemIdentifier: '8' }] });
  });

  it('accepts an empty batch', async () => {
    const { index } = await IndexedRows.create(3);
    expect((await recountChanges(index, { Records: [] })).response).toEqual({ batchItemFailures: [] });
  });

  const good = record('INSERT', '3', '1');

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['no records', {}],
    ['records that are not a list', { Records: { 0: good } }],
  ])('rejects %s', async (_what, event) => {
    const { index } = await IndexedRows.create(3);
    await expect(recountChanges(index, event)).rejects.toThrow(new TypeError('the event is not from DynamoDB Streams'));
  });

  it.each([
    ['a record that is null', { Records: [good, null] }],
    ['a record without its change', { Records: [good, { eventName: 'INSERT' }] }],
    ['a record without keys', { Records: [good, { ...good, dynamodb: { SequenceNumber: '2' } }] }],
    [
      'a record without the partition key',
      { Records: [{ ...good, dynamodb: { Keys: { id: { N: '3' } }, SequenceNumber: '2' } }] },
    ],
    [
      'a record without the sort key',
      { Records: [{ ...good, dynamodb: { Keys: { collection: { S: 'lambda-instances' } }, SequenceNumber: '2' } }] },
    ],
    [
      'a record whose key is text',
      { Records: [{ ...good, dynamodb: { Keys: { ...keyOf('3'), id: { S: '3' } }, SequenceNumber: '2' } }] },
    ],
    ['a record without a sequence number', { Records: [{ ...good, dynamodb: { Keys: keyOf('3') } }] }],
  ])('rejects a batch with %s', async (_what, event) => {
    const { index } = await IndexedRows.create(3);
    await expect(recountChanges(index, event)).rejects.toThrow(new TypeError('a stream record lacks its key'));
  });
});
