import type { QueryCommand, QueryCommandOutput } from '@aws-sdk/client-dynamodb';
import { UnavailableError } from '../errors';
import { countRows, type Partition, type Row, readRows } from './partition';

const PARTITION: Partition = {
  table: 'instances',
  partitionKey: { name: 'collection', value: 'lambda-instances' },
  sortKey: 'id',
};

type Output = Partial<QueryCommandOutput>;

const key = (id: string) => ({ collection: { S: 'lambda-instances' }, id: { N: id } });
const answer = (ids: readonly string[], lastKey?: string): Output => ({
  Count: ids.length,
  Items: ids.map((id) => ({ id: { N: id } })),
  ...(lastKey === undefined ? {} : { LastEvaluatedKey: key(lastKey) }),
});

/** A sender with these responses, the last one repeatedly. */
function answering(...outputs: readonly Output[]) {
  const send = jest.fn<Promise<Output | undefined>, [QueryCommand]>();
  for (const output of outputs.slice(0, -1)) send.mockResolvedValueOnce(output);
  send.mockResolvedValue(outputs.at(-1));
  return { sender: { send: send as never }, inputs: () => send.mock.calls.map(([{ input }]) => input) };
}

async function read(sender: { send: never }, options?: Parameters<typeof readRows>[4], range = {}) {
  const ids: (string | undefined)[] = [];
  for await (const { rows } of readRows(sender, PARTITION, range, ['id', 'name'], options)) ids.push(...rows.map(idOf));
  return ids;
}

const idOf = (row: Row) => row.id?.N;

describe('readRows', () => {
  it('queries the named attributes of the partition, eventually consistent, in ascending order', async () => {
    const { sender, inputs } = answering(answer(['1']));
    await read(sender);
    expect(inputs()).toEqual([
      {
        TableName: 'instances',
        KeyConditionExpression: '#p = :p',
        ProjectionExpression: '#a0, #a1',
        ExpressionAttributeNames: { '#p': 'collection', '#a0': 'id', '#a1': 'name' },
        ExpressionAttributeValues: { ':p': { S: 'lambda-instances' } },
        ConsistentRead: false,
        ReturnConsumedCapacity: 'TOTAL',
      },
    ]);
  });

  it('queries a range between two keys, strongly consistent on request', async () => {
    const { sender, inputs } = answering(answer(['1']));
    await read(sender, { consistent: true }, { after: '0.5', through: '7e2' });
    expect(inputs()[0]).toMatchObject({
      KeyConditionExpression: '#p = :p AND #s <= :through',
      ExpressionAttributeNames: { '#s': 'id' },
      ExpressionAttributeValues: { ':through': { N: '7e2' } },
      ExclusiveStartKey: key('0.5'),
      ConsistentRead: true,
    });
  });

  it('follows the last key through cuts and empty responses', async () => {
    const { sender, inputs } = answering(answer(['1', '2'], '2'), answer([], '5'), answer([], '6.5'), answer(['7']));
    expect(await read(sender)).toEqual(['1', '2', '7']);
    expect(inputs().map(({ ExclusiveStartKey }) => ExclusiveStartKey?.id?.N)).toEqual([undefined, '2', '5', '6.5']);
  });

  it('stops at its limit, and requests at most the rest', async () => {
    const { sender, inputs } = answering(answer(['1', '2'], '2'), answer(['3'], '3'), answer(['4'], '4'));
    expect(await read(sender, { limit: 4 })).toEqual(['1', '2', '3', '4']);
    expect(inputs().map(({ Limit }) => Limit)).toEqual([4, 2, 1]);
  });

  it.each([
    [2_147_483_647, 2_147_483_647],
    [2_147_483_648, undefined],
    [Number.MAX_SAFE_INTEGER, undefined],
    [undefined, undefined],
  ])('requests, with the limit %d, %d rows: at most DynamoDB’s maximum', async (limit, expected) => {
    const { sender, inputs } = answering(answer(['1']));
    await read(sender, { limit });
    expect(inputs()[0]?.Limit).toBe(expected);
  });

  it('makes the next call only when more is pulled', async () => {
    const { sender, inputs } = answering(answer(['1'], '1'), answer(['2']));
    const rows = readRows(sender, PARTITION, {}, ['id']);
    await rows.next();
    expect(inputs()).toHaveLength(1);
    await rows.return();
    expect(inputs()).toHaveLength(1);
  });

  const NO_COUNT = 'no usable count';
  const NOT_ITS_ITEMS = 'a count that is not that of its items';
  const NO_KEY = 'a key without its sort key';
  it.each<[string, Output, string]>([
    ['no count', { Items: [] }, NO_COUNT],
    ['a negative count', { Count: -1, Items: [] }, NO_COUNT],
    ['NaN as count', { Count: Number.NaN, Items: [] }, NO_COUNT],
    ['a string as count', { Count: '1' as never, Items: [{ id: { N: '1' } }] }, NO_COUNT],
    ['a fractional count', { Count: 0.5, Items: [] }, NO_COUNT],
    ['more rows than requested', answer(['1', '2', '3', '4']), NO_COUNT],
    ['fewer rows than it counts', { Count: 2, Items: [{ id: { N: '1' } }] }, NOT_ITS_ITEMS],
    ['more rows than it counts', { Count: 0, Items: [{ id: { N: '1' } }] }, NOT_ITS_ITEMS],
    ['no rows', { Count: 1 }, NOT_ITS_ITEMS],
    ['null as row', { Count: 1, Items: [null as never] }, NO_KEY],
    ['a row twice', answer(['1', '1']), 'a key that does not move'],
    ['rows in disorder', answer(['2', '1']), 'a key that does not move'],
    ['a last key without the sort key', { Count: 0, Items: [], LastEvaluatedKey: {} }, NO_KEY],
    ['a last key of another type', { Count: 0, Items: [], LastEvaluatedKey: { id: { S: '1' } } }, NO_KEY],
    ['a non-numeric last key', { Count: 0, Items: [], LastEvaluatedKey: { id: { N: 'x' } } }, NO_KEY],
  ])('throws UnavailableError for a response with %s', async (_, output, what) => {
    const { sender, inputs } = answering(output);
    const failure = new UnavailableError(`DynamoDB answered a query with ${what}`);
    await expect(read(sender, { limit: 3 })).rejects.toEqual(failure);
    expect(inputs()).toHaveLength(1);
  });

  it.each(['5', '5.0', '4', '-6', '0.5e1'])(
    'throws UnavailableError for a last key that does not advance from 5: %s',
    async (next) => {
      const { sender, inputs } = answering(answer(['5'], '5'), answer([], next));
      await expect(read(sender)).rejects.toEqual(
        new UnavailableError('DynamoDB answered a query with a key that does not move'),
      );
      expect(inputs()).toHaveLength(2);
    },
  );

  it('accepts the smallest possible step', async () => {
    const long = '98765432109876543210987654321098765432';
    const { sender } = answering(answer([], long), answer([], `${long.slice(0, -1)}3`), answer(['1e126']));
    expect(await read(sender)).toEqual(['1e126']);
  });
});

describe.each(['5', '5.0', '0.5e1'])('with a range through 5 that is cut at its end, written as %s', (end) => {
  const range = { after: '1', through: '5' };

  it('makes no further call, which DynamoDB would refuse', async () => {
    const { sender, inputs } = answering(answer(['2', '5'], end));
    expect(await read(sender, {}, range)).toEqual(['2', '5']);
    expect(inputs()).toHaveLength(1);
  });

  it('reads all rows before it', async () => {
    const { sender, inputs } = answering(answer(['2'], '2'), answer(['4'], '4.5'), answer(['5'], end));
    await expect(read(sender, {}, range)).resolves.toEqual(['2', '4', '5']);
    expect(inputs().map(({ ExclusiveStartKey }) => ExclusiveStartKey)).toEqual([key('1'), key('2'), key('4.5')]);
  });

  it('counts no further row', async () => {
    const { sender } = answering({ Count: 2, LastEvaluatedKey: key(end) });
    expect(await countRows(sender, PARTITION, range, { limit: 2 })).toMatchObject({ count: 2, lastKey: undefined });
  });
});

describe('countRows', () => {
  it('requests only counts', async () => {
    const { sender, inputs } = answering({ Count: 3 });
    await countRows(sender, PARTITION, {});
    expect(inputs()).toEqual([
      expect.objectContaining({ Select: 'COUNT', ExpressionAttributeNames: { '#p': 'collection' } }),
    ]);
    expect(inputs()[0]).not.toHaveProperty('ProjectionExpression');
  });

  it('adds up the counts between cuts', async () => {
    const { sender } = answering(
      { Count: 3, LastEvaluatedKey: key('3') },
      { Count: 0, LastEvaluatedKey: key('4') },
      { Count: 2 },
    );
    expect(await countRows(sender, PARTITION, {})).toMatchObject({ count: 5, lastKey: undefined });
  });

  it('stops at its limit, with the last key', async () => {
    const { sender, inputs } = answering(
      { Count: 3, LastEvaluatedKey: key('3') },
      { Count: 2, LastEvaluatedKey: key('6') },
    );
    expect(await countRows(sender, PARTITION, {}, { limit: 5 })).toMatchObject({ count: 5, lastKey: '6' });
    expect(inputs().map(({ Limit }) => Limit)).toEqual([5, 2]);
  });

  it('adds up the consumed capacity, and counts a missing one as 0', async () => {
    const { sender } = answering(
      { Count: 3, LastEvaluatedKey: key('3'), ConsumedCapacity: { CapacityUnits: 1.5 } },
      { Count: 1, LastEvaluatedKey: key('4') },
      { Count: 2, ConsumedCapacity: { CapacityUnits: 1 } },
    );
    expect(await countRows(sender, PARTITION, {})).toEqual({ count: 6, units: 2.5, lastKey: undefined });
  });

  it('stops after the call that exceeds its budget, with the last key', async () => {
    const dear = { Count: 3, ConsumedCapacity: { CapacityUnits: 2 } };
    const { sender, inputs } = answering(
      { ...dear, LastEvaluatedKey: key('3') },
      { ...dear, LastEvaluatedKey: key('6') },
      dear,
    );
    expect(await countRows(sender, PARTITION, {}, { maxUnits: 3 })).toEqual({ count: 6, units: 4, lastKey: '6' });
    expect(inputs()).toHaveLength(2);
    expect(await countRows(answering(dear).sender, PARTITION, {}, { maxUnits: 2 })).toMatchObject({ count: 3 });
  });

  it.each<[string, Output]>([
    ['no count', {}],
    ['a string as count', { Count: '3' as never }],
    ['a count beyond the limit', { Count: 6 }],
    ['a key that does not move', { Count: 1, LastEvaluatedKey: key('1') }],
  ])('throws UnavailableError for a response with %s', async (_, output) => {
    const { sender } = answering(output);
    await expect(countRows(sender, PARTITION, { after: '1' }, { limit: 5 })).rejects.toBeInstanceOf(UnavailableError);
  });
});
