/** Deviations from the contract, each of which the smoke test must find. */
import type { GatewayResponse } from '../http/answer';
import { runChecks } from './checks';
import { overInvocation } from './overInvocation';

/** The smoke test's events. */
export type Event = {
  rawPath: string;
  rawQueryString: string;
  headers: Record<string, string>;
  requestContext: { http: { method: string }; domainName: string };
};

/** A deviation from the contract: changes events or responses. */
export type Deviation = {
  readonly event?: (event: Event) => Event;
  readonly answer?: (answer: GatewayResponse, event: Event) => GatewayResponse;
};

const withHeaders = (answer: GatewayResponse, headers: Record<string, string | undefined>): GatewayResponse => {
  const kept = Object.entries({ ...answer.headers, ...headers }).flatMap(([name, value]) =>
    value ? [[name, value]] : [],
  );
  return { ...answer, headers: Object.fromEntries(kept) };
};
const without = (name: string) => ({ answer: (answer: GatewayResponse) => withHeaders(answer, { [name]: undefined }) });
const inBody = (pattern: RegExp | string, replacement: string) => ({
  answer: (answer: GatewayResponse) => ({ ...answer, body: answer.body.replace(pattern, replacement) }),
});
const isPage = ({ rawQueryString }: Event, page: number) => rawQueryString.includes(`limit=2&page=${page}`);

const REFUSED = 'requests without a valid token are refused';
const HEADERS = 'each token header is accepted';
const WHOLE = 'the whole list is returned, or refused as too large';
const PARAMETERS = 'invalid parameters are refused';
const PAGES = 'pages add up to the list';
const SLASH = 'a trailing slash changes nothing';
const ROUTE = 'unknown paths are not found, with or without a token';
const ETAG = 'an unchanged list is answered with 304';
const METHODS = 'HEAD, OPTIONS and other methods are answered';
const LISTS = [HEADERS, WHOLE, PAGES, SLASH, ETAG];
export const ALL = [REFUSED, HEADERS, WHOLE, PARAMETERS, PAGES, SLASH, ROUTE, ETAG, METHODS];

/** By name: the deviation, and the promises that it breaks, in the order of the checks. */
export const deviations = (token: string): Record<string, [Deviation, promises: string[]]> => ({
  'every caller is accepted': [{ event: (event) => ({ ...event, headers: { 'x-api-key': token } }) }, [REFUSED, ETAG]],
  'a refusal without a challenge': [without('www-authenticate'), [REFUSED]],
  'a refusal that caches may store': [
    { answer: (answer) => (answer.statusCode === 401 ? withHeaders(answer, { 'cache-control': 'public' }) : answer) },
    [REFUSED],
  ],
  'another message for older clients': [
    inBody('"errors":[{"message":"Invalid token"', '"errors":[{"message":"Bad token"'),
    [REFUSED],
  ],
  'parameters checked before the token': [
    {
      answer: (answer, { headers, rawQueryString }) =>
        rawQueryString === 'limit=x' && headers['x-api-key'] ? { ...answer, statusCode: 400 } : answer,
    },
    [REFUSED],
  ],
  'x-api-key is not read': [
    { event: ({ headers: { 'x-api-key': _, ...headers }, ...event }) => ({ ...event, headers }) },
    [HEADERS],
  ],
  'Authentication is not read': [
    { event: ({ headers: { authentication: _, ...headers }, ...event }) => ({ ...event, headers }) },
    [HEADERS],
  ],
  'a capped limit': [
    { event: (event) => ({ ...event, rawQueryString: event.rawQueryString.replace('limit=6', 'limit=4') }) },
    [PAGES],
  ],
  'pages counted from 0': [
    {
      event: (event) => ({
        ...event,
        rawQueryString: event.rawQueryString.replace(/page=(\d+)$/, (_, page) => `page=${Number(page) + 1}`),
      }),
    },
    [PAGES],
  ],
  'an instance on two pages': [
    {
      answer: (answer, event) => (isPage(event, 2) ? { ...answer, body: answer.body.replace(/\{.*?\},/, '') } : answer),
    },
    [PAGES],
  ],
  'no link to the next page': [
    { answer: (answer) => withHeaders(answer, { link: answer.headers?.link?.replace(/, <[^>]*>; rel="next"/, '') }) },
    [PAGES],
  ],
  'a next link that counts pages': [
    { event: (event) => ({ ...event, rawQueryString: event.rawQueryString.replace(/&after=\d+/, '') }) },
    [PAGES],
  ],
  'links to another API': [
    {
      answer: (answer) =>
        withHeaders(answer, { link: answer.headers?.link?.replaceAll('/lambda-instances?', '/lambda-instances/1?') }),
    },
    [PAGES],
  ],
  'an empty list for a page past the end': [
    {
      answer: (answer, { rawQueryString }) =>
        /page=\d{4}/.test(rawQueryString) ? { ...answer, statusCode: 200, body: '{"data":[]}' } : answer,
    },
    [PAGES],
  ],
  'an accepted repeated parameter': [
    { event: (event) => ({ ...event, rawQueryString: event.rawQueryString.replace('limit=1&limit=1', 'limit=1') }) },
    [PARAMETERS],
  ],
  'a rounded number': [
    { event: (event) => ({ ...event, rawQueryString: event.rawQueryString.replace('limit=1.0', 'limit=1') }) },
    [PARAMETERS],
  ],
  'an undocumented field': [inBody('{"uuid":', '{"secret":1,"uuid":'), LISTS],
  'another order of the fields': [inBody(/\{"uuid":(\d+),(.*?)\}/, '{$2,"uuid":$1}'), LISTS],
  'a number as a string': [inBody(/"id":(\d+)/, '"id":"$1"'), LISTS],
  'a descending list': [inBody(/(\{[^[]*?\}),(\{.*?\})/, '$2,$1'), [WHOLE, PAGES]],
  'a truncated response': [inBody(/\]\}$/, ''), ALL],
  'no support for a trailing slash': [
    {
      answer: (answer, { rawPath }) =>
        rawPath.endsWith('/') ? { ...answer, statusCode: 404, body: '{"message":"Not Found"}' } : answer,
    },
    [SLASH],
  ],
  'API Gateway answers other paths': [
    {
      answer: (answer, { rawPath }) =>
        rawPath.endsWith('/1') ? { ...answer, headers: {}, body: '{"message":"Not Found"}' } : answer,
    },
    [ROUTE],
  ],
  'a token checked before the route': [
    { answer: (answer, { rawPath }) => (rawPath.endsWith('/1') ? { ...answer, statusCode: 401 } : answer) },
    [ROUTE],
  ],
  'If-None-Match is ignored': [
    { event: ({ headers: { 'if-none-match': _, ...headers }, ...event }) => ({ ...event, headers }) },
    [ETAG],
  ],
  'a body for HEAD': [
    {
      event: ({ requestContext: { http, ...context }, ...event }) => ({
        ...event,
        requestContext: { ...context, http: { ...http, method: http.method.replace('HEAD', 'GET') } },
      }),
    },
    [METHODS],
  ],
  'a 405 without Allow': [without('allow'), [METHODS]],
  'a list that shared caches may store': [
    { answer: (answer) => (answer.statusCode === 200 ? withHeaders(answer, { 'cache-control': 'public' }) : answer) },
    LISTS,
  ],
  'no request id': [without('x-request-id'), ALL],
  'an instance other than the request id': [
    inBody(/"instance":"[^"]*"/, '"instance":"x"'),
    [REFUSED, PARAMETERS, PAGES, ROUTE, METHODS],
  ],
  HTML: [{ answer: (answer) => ({ ...answer, statusCode: 200, body: '<h1>It works!</h1>' }) }, ALL],
  'an outage': [{ answer: () => ({ statusCode: 503, headers: {}, body: '', isBase64Encoded: false }) }, ALL],
  'a crash': [
    {
      answer: () => {
        throw new Error('Runtime exited');
      },
    },
    ALL,
  ],
});

/** Runs the checks on a function with a deviation; returns the differences by promise. */
export async function findingsOn(
  invoke: (event: Event) => Promise<unknown>,
  token: string,
  { event: bend = (event) => event, answer: spoil = (answer) => answer }: Deviation = {},
): Promise<Record<string, string[]>> {
  const call = overInvocation(async (event) =>
    spoil((await invoke(bend(event as Event))) as GatewayResponse, event as Event),
  );
  const findings: Record<string, string[]> = {};
  for await (const { promise, differences } of runChecks({ call, token })) findings[promise] = differences;
  return findings;
}
