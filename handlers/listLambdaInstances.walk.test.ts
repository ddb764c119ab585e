/** Walking from page to page by `Link: rel="next"`; listLambdaInstances.walk.long.test.ts has more walks. */
import fc from 'fast-check';
import { EVENT_FORMATS } from '../test/events';
import { authorized, SimulatedApi } from '../test/simulatedApi';
import { nextQuery, walks } from '../test/walk';

const toItem = (id: number) => ({ id: { N: String(id) }, uuid: { N: '1' } });
const idsIn = (text: string) => [...text.matchAll(/"id":([^}]+)\}/g)].map(([, id = '']) => id);

let api: SimulatedApi;

beforeAll(() => {
  api = new SimulatedApi(() => jest.requireActual('./listLambdaInstances'));
});

afterAll(() => jest.restoreAllMocks());

it('shows every permanent instance exactly once during concurrent writes', () =>
  fc.assert(
    fc.asyncProperty(fc.constantFrom(...EVENT_FORMATS), walks, (format, walk) => api.walk(format, walk)),
    { numRuns: 60 },
  ));

describe.each(EVENT_FORMATS)('a walk through $name', (format) => {
  it('numbers its pages, links back by number, and ends without a next link', async () => {
    api.reset([1, 2, 3, 4, 5].map(toItem));
    const headers = authorized(await api.putToken());
    const queries: string[] = [];
    const links: string[] = [];
    for (let query: string | undefined = 'limit=2&page=1&x=y'; query !== undefined; ) {
      const answer = await api.ask(format, { query, headers });
      queries.push(query);
      links.push((answer.headers.link ?? '').replaceAll(/<[^?]*\?/g, ''));
      query = nextQuery(answer.headers.link);
    }
    expect(queries).toEqual(['limit=2&page=1&x=y', 'limit=2&page=2&x=y&after=2', 'limit=2&page=3&x=y&after=4']);
    const first = 'limit=2&page=1&x=y>; rel="first"';
    expect(links).toEqual([
      `${first}, limit=2&page=2&x=y&after=2>; rel="next"`,
      `${first}, limit=2&page=1&x=y>; rel="prev", limit=2&page=3&x=y&after=4>; rel="next"`,
      `${first}, limit=2&page=2&x=y>; rel="prev"`,
    ]);
  });

  it.each([
    ['limit=2&page=9&after=2', 200, ['3', '4']],
    ['limit=2&page=9&after=2.5', 200, ['3', '4']],
    ['limit=2&page=9&after=-1e3', 200, ['1', '2']],
    ['limit=2&page=9&after=20e-1', 200, ['3', '4']],
    ['limit=2&page=1&after=4', 200, ['5']],
    ['limit=2&page=1&After=4', 200, ['1', '2']],
    ['limit=2&page=1&after=5', 404, 'page-out-of-range'],
    ['limit=2&page=1&after=1e125', 404, 'page-out-of-range'],
    ['limit=2&page=1&after=x', 400, 'bad-parameter'],
    ['limit=2&page=1&after=', 400, 'bad-parameter'],
    ['limit=2&page=1&after=1e126', 400, 'bad-parameter'],
    ['limit=2&page=0&after=x', 400, 'non-positive-parameter'],
    ['after=2', 400, 'missing-parameter'],
    ['after=2&limit=2', 400, 'missing-parameter'],
    ['after=2&page=2', 400, 'missing-parameter'],
  ] as const)('begins after the given instance: %s', async (query, status, expected) => {
    api.reset([1, 2, 3, 4, 5].map(toItem));
    const answer = await api.ask(format, { query, headers: authorized(await api.putToken()) });
    expect(answer.status).toBe(status);
    if (status === 200) expect(idsIn(answer.text)).toEqual(expected);
    else expect(answer.problem.type).toBe(`urn:problem-type:lambda-instances:${expected}`);
  });

  it('numbers pages beyond 2^53 exactly', async () => {
    api.reset([1, 2, 3, 4, 5].map(toItem));
    const query = `limit=2&page=${2n ** 53n + 1n}&after=1`;
    const { status, headers } = await api.ask(format, { query, headers: authorized(await api.putToken()) });
    expect(status).toBe(200);
    expect(headers.link).toContain(`?limit=2&page=${2n ** 53n}>; rel="prev"`);
    expect(headers.link).toContain(`?limit=2&page=${2n ** 53n + 2n}&after=3>; rel="next"`);
  });

  it('answers no-instances in an empty table', async () => {
    api.reset([]);
    const answer = await api.ask(format, {
      query: 'limit=2&page=2&after=2',
      headers: authorized(await api.putToken()),
    });
    expect(answer).toMatchObject({ status: 404, problem: { title: 'No lambda instances' } });
  });

  it('refuses a repeated `after` if the event shows both', async () => {
    api.reset([1, 2, 3].map(toItem));
    const headers = authorized(await api.putToken());
    const answer = await api.ask(format, { query: 'limit=2&page=1&after=1&after=1', headers });
    expect(answer.status).toBe(format.showsRepeats ? 400 : 200);
    if (format.showsRepeats) expect(answer.problem.detail).toBe('after is given more than once');
  });
});

describe('a page found by its number', () => {
  it('is unaffected by `after`, except for its next link', async () => {
    const query = fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 }));
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...EVENT_FORMATS), query, async (format, [limit, page]) => {
        api.reset([1, 2, 3, 4, 5].map(toItem));
        const headers = authorized(await api.putToken());
        const answer = await api.ask(format, { query: `limit=${limit}&page=${page}`, headers });
        const ids = ['1', '2', '3', '4', '5'].slice((page - 1) * limit, page * limit);
        if (ids.length === 0) return expect(answer.status).toBe(404);
        expect(idsIn(answer.text)).toEqual(ids);
        const relations = [...(answer.headers.link ?? '').matchAll(/\?([^>]*)>; rel="(\w+)"/g)].map(
          ([, parameters, relation]) => [relation, parameters],
        );
        const to = (number: number) => `limit=${limit}&page=${number}`;
        expect(Object.fromEntries(relations)).toEqual({
          first: to(1),
          ...(page > 1 ? { prev: to(page - 1) } : {}),
          ...(page * limit < 5 ? { next: `${to(page + 1)}&after=${ids.at(-1)}` } : {}),
        });
      }),
      { numRuns: 60 },
    );
  });
});
