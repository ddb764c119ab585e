import { type QueryCommandInput, ThrottlingException } from '@aws-sdk/client-dynamodb';
import { collect } from '../../test/batches';
import { integers, toArray } from '../../test/keys';
import { type Carry, SimulatedDynamo } from '../../test/simulatedDynamo';
import { UnavailableError } from '../errors';
import { readAll } from './readAll';
import { instancesIn } from './source';

const ROWS = instancesIn('instances');
const SIZE = 100;

/** A chunk of "1 MB" holds ten. */
const ofNames = (length: number) =>
  new SimulatedDynamo({
    rows: ROWS,
    keys: integers(SIZE),
    toRow: (id) => ({ id: { N: id }, name: { S: 'n'.repeat(length) } }),
    rowBytes: 100_000,
  });

const ofShortNames = ofNames(0);

/** The name length at which a chunk of ten reaches the buffer limit of one of two readers. */
const longName = (id: string) => ({ id: { N: id }, name: { S: 'n'.repeat(4_800_000 - 300) } });

/** One block per row, so that a segment can begin anywhere. */
const eachRow = Array.from({ length: SIZE }, (_, i) => ({ after: i === 0 ? undefined : String(i), count: 1 }));

/** The rows read at this concurrency, the highest concurrency seen, and the inputs sent. */
async function read(
  concurrency: number,
  meet: (asked: Asked) => Error | undefined = () => undefined,
  { dynamo = ofShortNames, blocks = eachRow, mayHave = SIZE, tooLarge = new Error() } = {},
) {
  const ids: string[] = [];
  const inputs: QueryCommandInput[] = [];
  const atOnce: number[] = [];
  let under = 0;
  const carry: Carry = async (command, execute) => {
    const { input } = command as { input: QueryCommandInput };
    under += 1;
    inputs.push(input);
    atOnce.push(under);
    const failure = meet({ input, call: inputs.length });
    await new Promise(setImmediate);
    under -= 1;
    if (failure) throw failure;
    return execute();
  };
  const source = { sender: dynamo.connect(carry), partition: ROWS, concurrency };
  const reading = collect(
    readAll(source, async () => blocks),
    (batch) => {
      ids.push(...batch.map(({ id }) => id));
      if (ids.length > mayHave) throw tooLarge;
    },
  );
  const [{ status, reason }] = (await Promise.allSettled([reading])) as [{ status: string; reason?: unknown }];
  return { ids, inputs, atOnce, status, reason };
}

type Asked = { readonly input: QueryCommandInput; readonly call: number };

const starts = (inputs: readonly QueryCommandInput[]) => inputs.map((input) => input.ExclusiveStartKey?.id?.N);

const throttled = () =>
  new UnavailableError('throttled', { cause: new ThrottlingException({ message: 'slow down', $metadata: {} }) });

describe('the whole list', () => {
  it('is read, after its first chunk, in one segment per reader', async () => {
    const { ids, inputs } = await read(2);
    expect(ids).toEqual(toArray(integers(SIZE)));
    expect(starts(inputs).toSorted()).toEqual(
      [undefined, '10', '20', '30', '40', '50', '55', '65', '75', '85', '95'].toSorted(),
    );
  });

  it('is divided even if it is one block, including rows without a name', async () => {
    const dynamo = new SimulatedDynamo({
      rows: ROWS,
      keys: integers(SIZE),
      toRow: (id) => ({ id: { N: id }, name: Number(id) % 2 ? { NULL: true } : { S: id } }),
      rowBytes: 100_000,
    });
    const { ids, inputs } = await read(3, undefined, { dynamo, blocks: [{ after: undefined, count: SIZE }] });
    expect(ids).toEqual(toArray(integers(SIZE)));
    expect(starts(inputs).slice(0, 4)).toEqual([undefined, '10', '40', '70']);
  });

  it('is complete if DynamoDB begins with an empty chunk', async () => {
    let isFirst = true;
    const source = {
      sender: ofShortNames.connect(async (_command, execute) => {
        if (!isFirst) return execute();
        isFirst = false;
        return { Items: [], Count: 0, LastEvaluatedKey: { id: { N: '0.5' } } };
      }),
      partition: ROWS,
      concurrency: 2,
    };
    const { items } = await collect(readAll(source, async () => eachRow));
    expect(items.map(({ id }) => id)).toEqual(toArray(integers(SIZE)));
  });

  it.each([
    ['no names', 160_000, 2, ofShortNames],
    ['no names', 160_001, 4, ofShortNames],
    ['names of 2,700 characters', 16_000, 2, ofNames(2_700)],
    ['names of 2,700 characters', 16_001, 4, ofNames(2_700)],
  ])(
    'is cut into shorter segments if more would be buffered than allowed: %s, %d left',
    async (_, left, segments, dynamo) => {
      const share = Math.floor(left / 90);
      const blocks = eachRow.map((block, i) => ({ ...block, count: i === 50 ? left - 89 * share : share }));
      blocks.splice(0, 10, ...eachRow.slice(0, 10));
      const { ids, inputs } = await read(2, undefined, { dynamo, blocks });
      expect(ids).toEqual(toArray(integers(SIZE)));
      const ends = new Set(inputs.map(({ ExpressionAttributeValues }) => ExpressionAttributeValues?.[':through']?.N));
      expect(ends.size).toBe(segments); // the last segment and the first chunk have no end
    },
  );

  it('is complete if the index counts an impossible number of rows', async () => {
    const blocks = [...eachRow.slice(0, -1), { after: String(SIZE - 1), count: Number.MAX_SAFE_INTEGER }];
    const { ids, inputs } = await read(2, undefined, { blocks });
    expect(ids).toEqual(toArray(integers(SIZE)));
    expect(inputs.length).toBeLessThanOrEqual(2 * 1_000 + 10);
  });

  it('is not read far ahead of a slow segment', async () => {
    const many = eachRow.map((block) => ({ ...block, count: 16_000 }));
    const asked: (string | undefined)[] = [];
    let askedMeanwhile = 0;
    const carry: Carry = async (command, execute) => {
      const start = (command as { input: QueryCommandInput }).input.ExclusiveStartKey?.id?.N;
      asked.push(start);
      if (start === '10') {
        for (let i = 0; i < 100; i += 1) await new Promise(setImmediate);
        askedMeanwhile = asked.length;
      }
      return execute();
    };
    const source = { sender: ofShortNames.connect(carry), partition: ROWS, concurrency: 3 };
    const { items } = await collect(readAll(source, async () => many));
    expect(items.map(({ id }) => id)).toEqual(toArray(integers(SIZE)));
    expect(askedMeanwhile).toBe(1 + 3);
  });

  it.each([1, 2, 3, 8])('is read in at most %d segments at once', async (concurrency) => {
    const { ids, atOnce } = await read(concurrency);
    expect(ids).toHaveLength(SIZE);
    expect(Math.max(...atOnce)).toBe(concurrency);
  });

  it('is read at half the concurrency once throttled, after a retry alone', async () => {
    const { ids, inputs, atOnce } = await read(6, ({ call }) => (call === 3 ? throttled() : undefined));
    expect(ids).toEqual(toArray(integers(SIZE)));
    const again = starts(inputs).lastIndexOf(starts(inputs)[2]);
    expect(again).toBeGreaterThan(2);
    expect(atOnce[again]).toBe(1);
    expect(Math.max(...atOnce.slice(0, again))).toBe(6);
    expect(Math.max(...atOnce.slice(again))).toBe(3);
  });

  it('is read at half the concurrency after several reads were throttled together', async () => {
    const { ids, atOnce } = await read(6, ({ call }) => (call >= 2 && call <= 4 ? throttled() : undefined));
    expect(ids).toHaveLength(SIZE);
    expect(Math.max(...atOnce.slice(-3))).toBe(3);
  });

  it('is not read beyond the buffer limit if later rows are larger', async () => {
    const dynamo = new SimulatedDynamo({
      rows: ROWS,
      keys: integers(SIZE),
      toRow: (id) => (Number(id) > 10 ? longName(id) : { id: { N: id } }),
      rowBytes: 100_000,
    });
    const { ids } = await read(2, undefined, { dynamo });
    expect(ids).toEqual(toArray(integers(SIZE)));
    const tooLarge = new Error('too large');
    const cut = await read(2, undefined, { dynamo, mayHave: 35, tooLarge });
    expect(cut.reason).toBe(tooLarge);
    expect(starts(cut.inputs)).toEqual([undefined, '10', '55', '20', '30', '40']); // the last while the fourth is consumed
  });

  it('is complete if a waiting segment is throttled', async () => {
    const { ids } = await read(2, ({ call }) => (call === 5 ? throttled() : undefined));
    expect(ids).toEqual(toArray(integers(SIZE)));
  });

  it('fails if the retried read is throttled', async () => {
    for (const concurrency of [1, 2, 4]) {
      const { inputs, reason } = await read(concurrency, ({ input }) =>
        input.ExclusiveStartKey?.id?.N === '10' ? throttled() : undefined,
      );
      expect(reason).toMatchObject({ message: 'throttled' });
      expect(starts(inputs).filter((start) => start === '10')).toHaveLength(2);
    }
  });

  it('fails without a retry if a segment fails for another reason', async () => {
    const failure = new UnavailableError('cut off');
    for (const [concurrency, at] of [
      [1, '20'],
      [2, '10'],
      [2, '20'],
      [2, '55'],
      [2, '85'],
    ] as const) {
      const { inputs, reason } = await read(concurrency, ({ input }) =>
        input.ExclusiveStartKey?.id?.N === at ? failure : undefined,
      );
      expect(reason).toBe(failure);
      expect(starts(inputs).filter((start) => start === at)).toHaveLength(1);
    }
  });
});
