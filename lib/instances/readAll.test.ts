import { type QueryCommandInput, ThrottlingException } from '@aws-sdk/client-dynamodb';
import { integers, toArray } from '../../test/keys';
import { type Carry, SimulatedDynamo } from '../../test/simulatedDynamo';
import { UnavailableError } from '../errors';
import { readAll } from './readAll';
import { instancesIn } from './source';

const ROWS = instancesIn('instances');
const SIZE = 100;

/** A chunk of "1 MB" holds ten. */
const ofShortNames = new SimulatedDynamo({
  rows: ROWS,
  keys: integers(SIZE),
  toRow: (id) => ({ id: { N: id } }),
  rowBytes: 100_000,
});

/** Each row is a block, so that a segment may begin anywhere. */
const eachRow = Array.from({ length: SIZE }, (_, i) => ({ after: i === 0 ? undefined : String(i), count: 1 }));

/** Behind the first chunk, two blocks of five chunks each. */
const LARGE = [
  { after: undefined, count: 10 },
  { after: '10', count: 45 },
  { after: '55', count: 45 },
];

/** What is read with so many segments at once, of how many at most, and what was asked for. */
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
  const reading = readAll(
    source,
    async () => blocks,
    async (batch) => {
      ids.push(...batch.map(({ id }) => id));
      if (ids.length > mayHave) throw tooLarge;
    },
  );
  const [{ status, reason }] = (await Promise.allSettled([reading])) as [{ status: string; reason?: unknown }];
  return { ids, inputs, atOnce, status, reason };
}

type Asked = { readonly input: QueryCommandInput; readonly call: number };

const starts = (inputs: readonly QueryCommandInput[]) => inputs.map((input) => input.ExclusiveStartKey?.id?.N);

/** As above, but each name is so long that a chunk of ten is as much as may wait for its turn. */
const ofLongNames = new SimulatedDynamo({
  rows: ROWS,
  keys: integers(SIZE),
  toRow: (id) => ({ id: { N: id }, name: { S: 'n'.repeat(800_000) } }),
  rowBytes: 100_000,
});

const throttled = () =>
  new UnavailableError('throttled', { cause: new ThrottlingException({ message: 'slow down', $metadata: {} }) });

describe('the whole list', () => {
  it('is read, behind its first chunk, in a segment for each reader', async () => {
    const { ids, inputs } = await read(2);
    expect(ids).toEqual(toArray(integers(SIZE)));
    expect(starts(inputs).toSorted()).toEqual(
      [undefined, '10', '20', '30', '40', '50', '55', '65', '75', '85', '95'].toSorted(),
    );
  });

  it('is read in no more segments than there are chunks, with some to spare', async () => {
    const { inputs } = await read(16);
    expect(inputs).toHaveLength(1 + 10); // 90 rows behind the first chunk, of which nine fit into each
  });

  it('is shared though it is one block, in which not every row has a name', async () => {
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

  it('is whole where DynamoDB begins with an empty chunk', async () => {
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
    const ids: string[] = [];
    await readAll(
      source,
      async () => eachRow,
      async (batch) => void ids.push(...batch.map(({ id }) => id)),
    );
    expect(ids).toEqual(toArray(integers(SIZE)));
  });

  it('is cut into single chunks where no answer could hold it, so that nobody reads far ahead in vain', async () => {
    const many = eachRow.map((block, i) => (i < SIZE - 1 ? block : { ...block, count: 160_000 }));
    const tooLarge = new Error('too large');
    const { reason, inputs } = await read(2, undefined, { blocks: many, mayHave: 25, tooLarge });
    expect(reason).toBe(tooLarge);
    expect(starts(inputs).slice(0, 3)).toEqual([undefined, '10', '19']);
    expect(inputs.length).toBeLessThanOrEqual(5);
    const most = eachRow.map((block, i) => (i < SIZE - 1 ? block : { ...block, count: 160_010 - (SIZE - 1) }));
    expect((await read(2, undefined, { blocks: most })).inputs).toHaveLength(12); // in two segments still
  });

  it('is read by nobody far ahead of one who is slow', async () => {
    const many = eachRow.map((block, i) => (i < SIZE - 1 ? block : { ...block, count: 160_000 }));
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
    const ids: string[] = [];
    const source = { sender: ofShortNames.connect(carry), partition: ROWS, concurrency: 3 };
    const accept = async (batch: readonly { id: string }[]) => void ids.push(...batch.map(({ id }) => id));
    await readAll(source, async () => many, accept);
    expect(ids).toEqual(toArray(integers(SIZE)));
    expect(askedMeanwhile).toBe(1 + 3);
  });

  it.each([1, 2, 3, 8])('is read in %d segments at once, and no more', async (concurrency) => {
    const { ids, atOnce } = await read(concurrency);
    expect(ids).toHaveLength(SIZE);
    expect(Math.max(...atOnce)).toBe(concurrency);
  });

  it('is read with half of them once one was throttled, which is read again alone', async () => {
    const { ids, inputs, atOnce } = await read(6, ({ call }) => (call === 3 ? throttled() : undefined));
    expect(ids).toEqual(toArray(integers(SIZE)));
    const again = starts(inputs).lastIndexOf(starts(inputs)[2]);
    expect(again).toBeGreaterThan(2);
    expect(atOnce[again]).toBe(1);
    expect(Math.max(...atOnce.slice(0, again))).toBe(6);
    expect(Math.max(...atOnce.slice(again))).toBe(3);
  });

  it('is halved once for all that were throttled together', async () => {
    const { ids, atOnce } = await read(6, ({ call }) => (call >= 2 && call <= 4 ? throttled() : undefined));
    expect(ids).toHaveLength(SIZE);
    expect(Math.max(...atOnce.slice(-3))).toBe(3);
  });

  it('is read no further than its names may be held, however many are in a block, and once for all that', async () => {
    const { ids, inputs } = await read(2, undefined, { dynamo: ofLongNames, blocks: LARGE });
    expect(ids).toEqual(toArray(integers(SIZE)));
    expect(inputs).toHaveLength(11); // the second block is cut into five chunks, as the third is
    const tooLarge = new Error('too large');
    const cut = await read(2, undefined, { dynamo: ofLongNames, blocks: LARGE, mayHave: 35, tooLarge });
    expect(cut.reason).toBe(tooLarge);
    expect(starts(cut.inputs)).toEqual([undefined, '10', '55', '20', '30', '40']); // the last one while the fourth is handed over
  });

  it('is read whole, though what is left of a segment is throttled', async () => {
    const { ids } = await read(2, ({ call }) => (call === 5 ? throttled() : undefined), {
      dynamo: ofLongNames,
      blocks: LARGE,
    });
    expect(ids).toEqual(toArray(integers(SIZE)));
  });

  it('is not there, and nothing is asked again, when a segment fails for another reason', async () => {
    const failure = new UnavailableError('cut off');
    for (const at of ['10', '20', '55', '85']) {
      const { inputs, reason } = await read(2, ({ input }) =>
        input.ExclusiveStartKey?.id?.N === at ? failure : undefined,
      );
      expect(reason).toBe(failure);
      expect(starts(inputs).filter((start) => start === at)).toHaveLength(1);
    }
  });
});
