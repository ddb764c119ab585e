import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { type BuiltFunction, loadFunction } from '../../test/builtFunction';
import { describeOnEmulators, type EmptyDatabase } from '../../test/emulators';
import type { GatewayResponse } from '../http/answer';
import { issueToken } from '../tokens/issue';
import { createToken } from '../tokens/token';
import { runChecks } from './checks';
import { ALL, type Deviation, deviations, type Event, findingsOn } from './deviations';
import { overInvocation } from './overInvocation';

jest.setTimeout(30_000);

const TOKEN = createToken();

describeOnEmulators('the checks of a smoke test', ({ createDatabase }) => {
  let database: EmptyDatabase;
  let list: BuiltFunction;
  beforeAll(async () => {
    database = await createDatabase();
    const { client, environment } = database;
    await issueToken(client, environment.TOKENS_TABLE, TOKEN, { label: 'smoke', createdAt: 0, expiresAt: undefined });
    list = loadFunction('listLambdaInstances', { ...environment, PAGE_INDEX_TABLE: '', LOG_LEVEL: 'silent' });
  });
  afterAll(() => list.stop());

  const fill = async (count: number) => {
    for (let id = 1; id <= count; id += 1) await put(id);
  };

  const put = async (id: number | undefined) => {
    if (id === undefined) return;
    const Item = { collection: 'lambda-instances', id, uuid: id, name: `The "${id}"th` };
    await database.documents.send(new PutCommand({ TableName: database.environment.INSTANCES_TABLE, Item }));
  };

  const check = (deviation?: Deviation) => findingsOn(list.invoke, TOKEN, deviation);

  const ALL_KEPT = Object.fromEntries(ALL.map((promise) => [promise, []]));

  it.each([0, 1, 2, 5])('pass for the API itself, with %d instances', async (count) => {
    await fill(count);
    expect(await check()).toEqual(ALL_KEPT);
  });

  it.each(ALL)('find a deviation from the promise that %s', async (promise) => {
    const [deviation, promises] = Object.values(deviations(TOKEN)).find(([, broken]) => broken[0] === promise) ?? [];
    const findings = await check(deviation);
    expect(Object.keys(findings).filter((promise) => findings[promise]?.length)).toEqual(promises);
  });

  it('pass if the list is too large for one answer', async () => {
    const title = 'Too many lambda instances';
    const tooLarge = (answer: GatewayResponse): GatewayResponse => {
      const problem = {
        type: 'urn:problem-type:lambda-instances:response-too-large',
        title,
        status: 400,
        detail: 'Pass limit and page',
        instance: answer.headers?.['x-request-id'],
        errors: [{ message: title, code: 400, details: 'bad request' }],
      };
      const headers = { ...answer.headers, 'content-type': 'application/problem+json', 'cache-control': 'no-store' };
      return { ...answer, statusCode: 400, headers, body: JSON.stringify(problem) };
    };
    const isWhole = ({ rawQueryString, headers, requestContext }: Event) =>
      rawQueryString === '' && 'authorization' in headers && requestContext.http.method === 'GET';
    const answer = (given: GatewayResponse, event: Event) =>
      isWhole(event) && given.statusCode === 200 ? tooLarge(given) : given;
    expect(await check({ answer })).toEqual(ALL_KEPT);
  });

  it('accept relative links', async () => {
    const answer = (given: GatewayResponse) => ({
      ...given,
      headers: {
        ...given.headers,
        ...(given.headers?.link ? { link: given.headers.link.replaceAll(/<[^?>]*/g, '<') } : {}),
      },
    });
    expect(await check({ answer })).toEqual(ALL_KEPT);
  });

  it('read the pages again if a record was written between two of them', async () => {
    const amid = [2.5, 4.5];
    const invoke = async (event: unknown) => {
      if ((event as Event).rawQueryString.includes('page=2')) await put(amid.shift());
      return list.invoke(event);
    };
    for await (const finding of runChecks({ call: overInvocation(invoke), token: TOKEN })) {
      expect(finding).toEqual({ ...finding, differences: [] });
    }
    expect(amid).toEqual([]);
  });

  it('pass if there are more instances than they read', async () => {
    await fill(9);
    expect(await check()).toEqual(ALL_KEPT);
  });
});
