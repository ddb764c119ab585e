/** The built function with real tables, on both emulators. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { ALL, INSTANCES, SECOND_PAGE } from '../test/documented';
import { describeOnEmulators } from '../test/emulators';
import { EVENT_FORMATS, PATH } from '../test/events';
import { servedOn, TOKEN } from '../test/servedFunction';
import { putInstances, putToken } from '../test/tables';

type Item = Record<string, AttributeValue>;

describeOnEmulators('the built function', ({ createDatabase }) => {
  const { serve, stopAll } = servedOn(createDatabase);

  afterEach(stopAll);

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

  it('accepts any number that DynamoDB keeps as `after`', async () => {
    const { ask } = await serve([{ id: { N: '1' } }]);
    for (const after of ['1e125', '-9.99e125', '1e-130', '0.5', '-15e-1', '9'.repeat(38)]) {
      const { status } = await ask({ query: `limit=2&page=1&after=${after}` });
      expect([after, status]).toEqual([after, after.startsWith('-') || Number(after) < 1 ? 200 : 404]);
    }
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
});
