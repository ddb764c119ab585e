import { describeOnEmulators } from '../../test/emulators';
import type { GatewayResponse } from '../http/answer';
import { createToken } from '../tokens/token';
import { runChecks } from './checks';
import { ALL, type Deviation, deviations, type Event, findingsOn } from './deviations.testing';
import { type ListUnderTest, startList } from './listUnderTest.testing';
import { overInvocation } from './overInvocation';

jest.setTimeout(30_000);

const TOKEN = createToken();

describeOnEmulators('the checks of a smoke test', ({ createDatabase }) => {
  let list: ListUnderTest;
  beforeAll(async () => {
    list = await startList(await createDatabase(), TOKEN);
  });
  afterAll(() => list.stop());

  const fill = async (count: number) => {
    for (let id = 1; id <= count; id += 1) await list.put(id);
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
      const id = (event as Event).rawQueryString.includes('page=2') ? amid.shift() : undefined;
      if (id !== undefined) await list.put(id);
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
