/** The built function with real tables, on both emulators. */
import { type AttributeValue, DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { type ReceivedAnswer, receive } from '../infra/local/receive';
import type { GatewayResponse } from '../lib/http/answer';
import { instancesIn } from '../lib/instances/source';
import { pageIndexOf } from '../lib/pageIndex/store';
import { type BuiltFunction, loadFunction } from '../test/builtFunction';
import { ALL, INSTANCES, SECOND_PAGE } from '../test/documented';
import { describeOnEmulators } from '../test/emulators';
import { EVENT_FORMATS, type EventFormat, PATH, type WireRequest } from '../test/events';
import { expectDescribed } from '../test/openapi';
import { rebuildAll } from '../test/rebuildAll';
import { emptyTable, putInstances, putToken } from '../test/tables';
import { nextQuery, type Write, walkAmongWriters, walks } from '../test/walk';

type Item = Record<string, AttributeValue>;

const TOKEN = 'tJ3b3f32f23ceuqdoS_TH7m0d6yxmlWL1r2ralKcttY';
const [HTTP_API] = EVENT_FORMATS as [EventFormat];

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
  const running: BuiltFunction[] = [];

  afterEach(async () => {
    await Promise.all(running.splice(0).map((lambda) => lambda.stop()));
  });

  /** Starts the function with tables that hold these instances and one token. */
  async function serve(instances: readonly Item[], environment: NodeJS.ProcessEnv = {}) {
    const database = await createDatabase();
    await putInstances(database.client, database.environment.INSTANCES_TABLE, instances);
    await putToken(database.client, database.environment.TOKENS_TABLE, TOKEN);
    const load = (more: NodeJS.ProcessEnv) => {
      const lambda = loadFunction('listLambdaInstances', { ...database.environment, ...environment, ...more });
      running.push(lambda);
      return lambda;
    };
    const asking =
      (lambda: BuiltFunction) =>
      async (request: WireRequest = {}, { toEvent } = HTTP_API): Promise<ReceivedAnswer & { ids: string[] }> => {
        const headers = { Authorization: `Token ${TOKEN}`, ...request.headers };
        const response = (await lambda.invoke(toEvent({ ...request, headers }))) as GatewayResponse;
        expectDescribed(response, { method: request.method ?? 'GET' });
        const answer = receive(response);
        return { ...answer, ids: [...answer.text.matchAll(/"id":([^}]+)\}/g)].map(([, id = '']) => id) };
      };
    const lambda = load({ PAGE_INDEX_TABLE: '' });
    const buildIndex = async () => {
      const { INSTANCES_TABLE, PAGE_INDEX_TABLE } = database.environment;
      const index = pageIndexOf(database.client, PAGE_INDEX_TABLE, instancesIn(INSTANCES_TABLE));
      await rebuildAll(index);
    };
    return { ask: asking(lambda), askIndexed: asking(load({})), buildIndex, lambda, database };
  }

  it('gives the documented answers to every event source', async () => {
    const { ask } = await serve(INSTANCES);
    for (const format of EVENT_FORMATS) {
      for (const headers of [
        {},
        { Authorization: '', Authentication: `Token ${TOKEN}` },
        { Authorization: '', 'x-api-key': TOKEN },
      ]) {
        expect(await ask({ headers, path: `${PATH}/` }, format)).toMatchObject({ status: 200, text: ALL });
        expect(await ask({ headers, query: 'limit=2&page=2' }, format)).toMatchObject({
          status: 200,
          text: SECOND_PAGE,
        });
      }
    }
  });

  it('shows every permanent instance exactly once in a walk by next links', async () => {
    const { ask, database } = await serve([]);
    const { client, environment } = database;
    const TableName = environment.INSTANCES_TABLE;
    const toItem = (id: number): Item => ({ collection: { S: 'lambda-instances' }, id: { N: String(id) } });
    for (const [i, walk] of fc.sample(walks, { numRuns: EVENT_FORMATS.length, seed: WALKS_SEED }).entries()) {
      await emptyTable(client, TableName, ['collection', 'id']);
      await putInstances(client, TableName, walk.initial.map(toItem));
      const write = async ({ id, isInsertion }: Write): Promise<void> => {
        const { id: key, collection } = toItem(id);
        await (isInsertion
          ? client.send(new PutItemCommand({ TableName, Item: toItem(id) }))
          : client.send(new DeleteItemCommand({ TableName, Key: { collection, id: key } as Item })));
      };
      await walkAmongWriters(walk, write, async (query) => {
        const { status, ids, headers } = await ask({ query }, EVENT_FORMATS[i]);
        return { status, ids, next: nextQuery(headers.link) };
      });
    }
  });

  it.each(['1e125', '-9.99e125', '1e-130', '0.5', '-15e-1', '9'.repeat(38)])('accepts after=%s', async (after) => {
    const { ask } = await serve([{ id: { N: '1' } }]);
    expect([200, 404]).toContain((await ask({ query: `limit=2&page=1&after=${after}` })).status);
  });

  it('refuses unknown, expired, revoked and malformed tokens, and accepts unexpired ones', async () => {
    const { ask, database, lambda } = await serve(INSTANCES);
    const now = Math.floor(Date.now() / 1000);
    const rows: [row: Item, status: number][] = [
      [{ expiresAt: { N: String(now + 3_600) } }, 200],
      [{ expiresAt: { N: '9.9e125' } }, 200],
      [{ expiresAt: { N: String(now - 1) } }, 401],
      [{ expiresAt: { N: '0' } }, 401],
      [{ expiresAt: { S: String(now + 3_600) } }, 401],
      [{ revoked: { BOOL: true } }, 401],
      [{ revoked: { BOOL: false } }, 200],
      [{ revoked: { S: 'no' } }, 401],
    ];
    for (const [i, [row, status]] of rows.entries()) {
      await putToken(database.client, database.environment.TOKENS_TABLE, `token-${i}`, row);
      expect(await ask({ headers: { Authorization: `Token token-${i}` } })).toMatchObject({ status });
    }
    expect(await ask({ headers: { Authorization: 'Token never-issued' } })).toMatchObject({ status: 401 });
    expect(JSON.stringify(lambda.logged())).not.toMatch(/token-\d|never-issued/);
    const requests = lambda.logged().filter(({ message }) => message === 'request');
    expect(requests.map(({ calls }) => calls)).toEqual([...rows.map(([, status]) => (status === 200 ? 2 : 1)), 1]);
  });

  it('refuses a token immediately after its revocation', async () => {
    const { ask, database } = await serve(INSTANCES);
    expect((await ask()).status).toBe(200);
    await putToken(database.client, database.environment.TOKENS_TABLE, TOKEN, { revoked: { BOOL: true } });
    expect((await ask()).status).toBe(401);
  });

  it('answers 404 for an empty table and for a page past the end', async () => {
    const { ask, database } = await serve([]);
    expect(await ask()).toMatchObject({ status: 404, text: expect.stringContaining('no-instances') });
    expect(await ask({ query: 'limit=1&page=1' })).toMatchObject({
      status: 404,
      text: expect.stringContaining('no-instances'),
    });
    await putInstances(database.client, database.environment.INSTANCES_TABLE, INSTANCES);
    const answer = await ask({ query: 'limit=2&page=4' });
    expect(answer).toMatchObject({ status: 404, headers: { 'x-total-count': '5' } });
    expect(answer.text).toContain('The last page is 3');
  });

  it('changes the ETag of an unchanged full last page once a next page exists', async () => {
    const { ask, askIndexed, buildIndex, database } = await serve(INSTANCES.slice(0, 4));
    await buildIndex();
    const query = 'limit=2&page=2';
    const etags: string[] = [];
    for (const asking of [ask, askIndexed]) {
      const { headers, ids } = await asking({ query });
      expect(ids).toEqual(['4', '5']);
      expect(headers.link).not.toContain('rel="next"');
      etags.push(headers.etag ?? '');
    }
    await putInstances(database.client, database.environment.INSTANCES_TABLE, INSTANCES.slice(4));
    for (const [asking, total] of [
      [ask, undefined],
      [askIndexed, '5'], // although the index lags
    ] as const) {
      const polled = await asking({ query, headers: { 'If-None-Match': etags.shift() ?? '' } });
      expect(polled).toMatchObject({ status: 304, text: '' });
      expect(polled.headers['x-total-count']).toBe(total);
      const [, next] = /<[^>]*\?([^>]*)>; rel="next"/.exec(polled.headers.link ?? '') ?? [];
      expect((await asking({ query: next ?? '' })).ids).toEqual(['7']);
    }
  });

  it('keeps every digit of numeric keys', async () => {
    const ids = ['-98765432109876543210987654321098765432', '-7', '-0.5', '0', '0.25', '1', '2', '10'];
    const long = ['98765432109876543210987654321098765431', '98765432109876543210987654321098765432'];
    const { ask } = await serve(
      [...ids, ...long].toReversed().map((id) => ({ id: { N: id }, uuid: { N: long[1] ?? '' } })),
    );
    const { text } = await ask();
    const listed = [...ids, ...long].map((id) => `{"uuid":${long[1]},"name":"Lambda Instance","id":${id}}`);
    expect(text).toBe(`{"data":[${listed.join(',')}]}`);
    expect((await ask({ query: 'limit=3&page=3' })).ids).toEqual(['2', '10', long[0]]);
  });

  it('keeps the value of numbers written with an exponent', async () => {
    const ids = ['-9.9E+125', '-1E-130', '1E-130', '1.5E+20', '9.9E+125'];
    const { ask } = await serve(ids.map((id) => ({ id: { N: id }, uuid: { N: '1E+37' } })));
    const { text } = await ask();
    const { data } = JSON.parse(text) as { data: { id: number; uuid: number }[] };
    expect(data).toEqual(ids.map((id) => ({ uuid: 1e37, name: 'Lambda Instance', id: Number(id) })));
    expect(text).toContain(`"uuid":1${'0'.repeat(37)},`);
  });

  it('lists damaged records and logs a warning', async () => {
    const { ask, lambda } = await serve([
      { id: { N: '1' }, uuid: { S: 'x' }, owner: { S: 'private' } },
      { id: { N: '2' }, uuid: { N: '2' }, name: { SS: ['a'] } },
    ]);
    expect((await ask()).text).toBe(
      '{"data":[{"uuid":null,"name":"Lambda Instance","id":1},{"uuid":2,"name":"Lambda Instance","id":2}]}',
    );
    expect(lambda.logged()).toContainEqual(expect.objectContaining({ level: 'warn', ids: ['1', '2'] }));
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

  it('answers concurrent callers with their own pages', async () => {
    const { ask } = await serve(range(100).map((i) => ({ id: { N: String(i) }, uuid: { N: String(i) } })));
    const answers = await Promise.all(
      range(40).map((i) => ask({ query: `limit=2&page=${i + 1}` }, EVENT_FORMATS[i % EVENT_FORMATS.length])),
    );
    expect(answers.map(({ ids }) => ids)).toEqual(range(40).map((i) => [String(i * 2), String(i * 2 + 1)]));
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

  it('answers 500 for a wrong deployment, with the reason only in the log', async () => {
    for (const variable of ['TOKENS_TABLE', 'INSTANCES_TABLE']) {
      const { ask, lambda } = await serve(INSTANCES, { [variable]: 'no-such-table' });
      const answer = await ask();
      expect(answer.status).toBe(500);
      expect(answer.text).not.toContain('no-such-table');
      expect(JSON.stringify(lambda.logged())).toContain('ResourceNotFoundException');
    }
  });
});
