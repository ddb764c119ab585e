/** The built function with many or large instances, on both emulators. */
import { type AttributeValue, DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { describeOnEmulators } from '../test/emulators';
import { EVENT_FORMATS } from '../test/events';
import { servedOn } from '../test/servedFunction';
import { emptyTable, putInstances } from '../test/tables';
import { nextQuery, type Walk, type Write, walkAmongWriters, walks } from '../test/walk';

type Item = Record<string, AttributeValue>;

const WALKS_SEED = 20261126; // the same walks on both emulators

/** Pairs of limit and page. */
const PAGES_OF_3000 = [
  [1, 1],
  [25, 1],
  [25, 120],
  [25, 121],
  [499, 2],
  [500, 2],
  [501, 2],
  [1_500, 2],
  [3_000, 1],
  [7, 400],
] as const;

const range = (size: number): number[] => Array.from({ length: size }, (_, i) => i);
const numberOf = (item: Item | undefined): string => item?.id?.N ?? '';

describeOnEmulators('the built function', ({ createDatabase }) => {
  const { serve, stopAll } = servedOn(createDatabase);

  afterEach(stopAll);

  it('shows every permanent instance exactly once in a walk by next links, with and without an index', async () => {
    const { ask, askIndexed, buildIndex, database } = await serve([]);
    const { client, environment } = database;
    const TableName = environment.INSTANCES_TABLE;
    const toItem = (id: number): Item => ({ collection: { S: 'lambda-instances' }, id: { N: String(id) } });
    const asking = EVENT_FORMATS.flatMap((format) => [
      (query: string) => ask({ query }, format),
      (query: string) => askIndexed({ query }, format),
    ]);
    const walked = fc.sample(walks, { numRuns: asking.length, seed: WALKS_SEED });
    for (const [i, askFor] of asking.entries()) {
      const walk = walked[i] as Walk;
      await emptyTable(client, TableName, ['collection', 'id']);
      await putInstances(client, TableName, walk.initial.map(toItem));
      await buildIndex(); // lags behind the writes of the walk
      const write = async ({ id, isInsertion }: Write): Promise<void> => {
        const { id: key, collection } = toItem(id);
        await (isInsertion
          ? client.send(new PutItemCommand({ TableName, Item: toItem(id) }))
          : client.send(new DeleteItemCommand({ TableName, Key: { collection, id: key } as Item })));
      };
      await walkAmongWriters(walk, write, async (query) => {
        const { status, ids, headers } = await askFor(query);
        return { status, ids, next: nextQuery(headers.link) };
      });
    }
  });

  it('fills pages across DynamoDB’s cuts at 1 MB', async () => {
    const sizes = [4_096, 50_000, 399_000];
    const instances = range(30).map((i) => ({
      id: { N: String(i * 3 - 20) },
      uuid: { N: String(i) },
      notes: { S: 'x'.repeat(sizes[i % sizes.length] ?? 0) },
    }));
    const { ask } = await serve(instances);
    const ids = instances.map(numberOf);
    expect((await ask()).ids).toEqual(ids);
    for (const limit of [1, 7, 29, 30, 31]) {
      const joined: string[] = [];
      for (let number = 1; number <= Math.ceil(ids.length / limit); number += limit === 1 ? 13 : 1) {
        const page = await ask({ query: `limit=${limit}&page=${number}` });
        expect(page.ids).toEqual(ids.slice((number - 1) * limit, number * limit));
        expect(page.headers.link?.includes('rel="next"')).toBe(number * limit < ids.length);
        joined.push(...page.ids);
      }
      if (limit > 1) expect(joined).toEqual(ids);
    }
  });

  it.each<[string, (i: number) => bigint]>([
    ['whole numbers', (i) => BigInt(i * 3 - 20)],
    ['of 38 digits', (i) => 10n ** 37n * BigInt(i - 15)],
    ['at the upper limit', (i) => 10n ** 120n * BigInt(i + 1)],
  ])('lists large instances, several megabytes per block, with all readers: ids %s', async (_which, idOf) => {
    const instances = range(30).map((i) => ({
      id: { N: String(idOf(i)) },
      uuid: { N: String(i) },
      notes: { S: 'x'.repeat(300_000) },
    }));
    const { askIndexed, buildIndex } = await serve(instances);
    await buildIndex();
    const { status, text } = await askIndexed();
    expect(status).toBe(200);
    expect(JSON.parse(text).data.map(({ id }: { id: number }) => id)).toEqual(instances.map(({ id }) => Number(id.N)));
  });

  it('returns the pages of thousands of instances as slicing would, without, before and with a page index', async () => {
    const instances = range(3_000).map((i) => ({ id: { N: String(i * 2 + (i % 7)) }, uuid: { N: String(i) } }));
    const ids = instances.map(numberOf).sort((a, b) => Number(a) - Number(b));
    const { ask, askIndexed, buildIndex } = await serve(instances);
    const expectPages = async (asking: typeof ask, total: string | undefined) => {
      for (const [limit, number] of PAGES_OF_3000) {
        const answer = await asking({ query: `limit=${limit}&page=${number}` });
        const expected = ids.slice((number - 1) * limit, number * limit);
        expect(answer.status).toBe(expected.length > 0 ? 200 : 404);
        expect(answer.ids).toEqual(expected);
        if (answer.status === 200) expect(answer.headers['x-total-count']).toBe(total);
      }
      expect((await asking()).ids).toEqual(ids);
    };
    await expectPages(ask, undefined);
    await expectPages(askIndexed, undefined); // not built yet
    await buildIndex();
    await expectPages(askIndexed, '3000');
  });

  it('sends a list that fits only compressed, and refuses it without Accept-Encoding', async () => {
    const name = { S: 'x'.repeat(60_000) };
    const { ask } = await serve(range(20).map((i) => ({ id: { N: String(i) }, uuid: { N: '1' }, name })));
    const alb = EVENT_FORMATS.find(({ source }) => source === 'alb');
    expect(await ask({}, alb)).toMatchObject({
      status: 400,
      text: expect.stringContaining('Too many lambda instances'),
    });
    const compressed = await ask({ headers: { 'Accept-Encoding': 'gzip' } }, alb);
    expect(compressed).toMatchObject({ status: 200, headers: { 'content-encoding': 'gzip' } });
    expect(compressed.ids).toHaveLength(20);
    expect((await ask()).ids).toHaveLength(20);
  });

  it('answers concurrent callers with their own pages', async () => {
    const { ask } = await serve(range(100).map((i) => ({ id: { N: String(i) }, uuid: { N: String(i) } })));
    const answers = await Promise.all(
      range(40).map((i) => ask({ query: `limit=2&page=${i + 1}` }, EVENT_FORMATS[i % EVENT_FORMATS.length])),
    );
    expect(answers.map(({ ids }) => ids)).toEqual(range(40).map((i) => [String(i * 2), String(i * 2 + 1)]));
  });

  it('answers 500 for a wrong deployment, with the reason only in the log', async () => {
    for (const variable of ['TOKENS_TABLE', 'INSTANCES_TABLE']) {
      const { ask, lambda } = await serve([], { [variable]: 'no-such-table' });
      const answer = await ask();
      expect(answer.status).toBe(500);
      expect(answer.text).not.toContain('no-such-table');
      expect(JSON.stringify(lambda.logged())).toContain('ResourceNotFoundException');
    }
  });
});
