/**
 * Creates the event of an HTTP request for each event source.
 *
 * Shapes after docs.aws.amazon.com: "AWS Lambda proxy integrations for HTTP APIs" (payload format 2.0), "Lambda function
 * URLs", "Input format of a Lambda function for proxy integration" (REST API), "Lambda functions as targets".
 */
import type { EventSource } from '../lib/http/request';

/** A request as sent. */
export type WireRequest = {
  readonly method?: string;
  readonly path?: string;
  /** A name may be sent several times. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** Percent-encoded, without the question mark. */
  readonly query?: string;
};

export type EventFormat = {
  readonly name: string;
  readonly source: EventSource;
  /** Whether the event shows both values of a repeated parameter. */
  readonly showsRepeats: boolean;
  /** The caller's URL before the path: the origin and, for a REST API, the stage. */
  readonly base: string;
  readonly toEvent: (request?: WireRequest) => Record<string, unknown>;
};

export const PATH = '/backend/lambda-instances';
const HOST = 'abc123.execute-api.eu-central-1.amazonaws.com';
const FUNCTION_HOST = 'a1b2c3d4e5f6g7h8.lambda-url.eu-central-1.on.aws';
export const REQUEST_ID = 'JKJaXmPLvHcESHA=';

const headersOf = ({ headers = {} }: WireRequest): [name: string, values: readonly string[]][] =>
  Object.entries({ Host: HOST, ...headers }).map(([name, values]) => [name, [values].flat()]);

const parametersOf = ({ query = '' }: WireRequest): Map<string, string[]> =>
  listed(new URLSearchParams(`&${query}`).entries()); // the & preserves a leading "?"

/** Still percent-encoded. */
const rawParametersOf = ({ query = '' }: WireRequest): Map<string, string[]> =>
  listed(query.split('&').flatMap((pair) => (pair ? [pair.split(/=(.*)/s, 2) as [string, string?]] : [])));

function listed(pairs: Iterable<readonly [name: string, value?: string]>): Map<string, string[]> {
  const lists = new Map<string, string[]>();
  for (const [name, value = ''] of pairs) {
    const list = lists.get(name);
    if (list) list.push(value);
    else lists.set(name, [value]);
  }
  return lists;
}

type Lists = Iterable<readonly [name: string, values: readonly string[]]>;
const lastOfEach = (lists: Lists) => Object.fromEntries([...lists].map(([name, values]) => [name, values.at(-1)]));
const joined = (lists: Lists) => Object.fromEntries([...lists].map(([name, values]) => [name, values.join(',')]));
const all = (lists: Lists) => Object.fromEntries(lists);
const lowerCase = (lists: Lists) => [...lists].map(([name, values]) => [name.toLowerCase(), values] as const);
const orNull = (map: Record<string, unknown>) => (Object.keys(map).length > 0 ? map : null);

function payload2(request: WireRequest, host: string): Record<string, unknown> {
  const { method = 'GET', path = PATH, query = '' } = request;
  const [domainPrefix] = host.split('.');
  const parameters = parametersOf(request);
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString: query,
    headers: joined(lowerCase(headersOf(request))),
    ...(parameters.size > 0 ? { queryStringParameters: joined(parameters) } : {}),
    requestContext: {
      accountId: '123456789012',
      apiId: domainPrefix,
      domainName: host,
      domainPrefix,
      http: { method, path, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'curl/8.5.0' },
      requestId: REQUEST_ID,
      routeKey: '$default',
      stage: '$default',
      time: '24/Nov/2026:19:03:58 +0000',
      timeEpoch: 1795547038000,
    },
    isBase64Encoded: false,
  };
}

function payload1(request: WireRequest): Record<string, unknown> {
  const { method = 'GET', path = PATH } = request;
  return {
    resource: '/{proxy+}',
    path, // without the stage, which the context's path has
    httpMethod: method,
    headers: lastOfEach(headersOf(request)),
    multiValueHeaders: all(headersOf(request)),
    queryStringParameters: orNull(lastOfEach(parametersOf(request))),
    multiValueQueryStringParameters: orNull(all(parametersOf(request))),
    pathParameters: { proxy: path.slice(1) },
    stageVariables: null,
    requestContext: {
      accountId: '123456789012',
      apiId: 'abc123',
      domainName: HOST,
      domainPrefix: 'abc123',
      httpMethod: method,
      identity: { sourceIp: '192.0.2.1', userAgent: 'curl/8.5.0' },
      path: `/prod${path}`,
      protocol: 'HTTP/1.1',
      requestId: REQUEST_ID,
      resourcePath: '/{proxy+}',
      stage: 'prod',
    },
    body: null,
    isBase64Encoded: false,
  };
}

function alb(request: WireRequest, maps: Record<string, unknown>): Record<string, unknown> {
  const { method = 'GET', path = PATH } = request;
  const targetGroupArn = 'arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/list/6d0ecf831eec9f09';
  return {
    requestContext: { elb: { targetGroupArn } },
    httpMethod: method,
    path,
    ...maps,
    body: '',
    isBase64Encoded: false,
  };
}

export const EVENT_FORMATS: readonly EventFormat[] = [
  {
    name: 'HTTP API payload 2.0',
    source: 'http-api',
    showsRepeats: true,
    base: `https://${HOST}`,
    toEvent: (request = {}) => payload2(request, HOST),
  },
  {
    name: 'Function URL',
    source: 'http-api',
    showsRepeats: true,
    base: `https://${FUNCTION_HOST}`,
    toEvent: ({ headers, ...request } = {}) =>
      payload2({ ...request, headers: { Host: FUNCTION_HOST, ...headers } }, FUNCTION_HOST),
  },
  {
    name: 'REST API payload 1.0',
    source: 'rest-api',
    showsRepeats: true,
    base: `https://${HOST}/prod`,
    toEvent: (request = {}) => payload1(request),
  },
  {
    name: 'REST API payload 1.0 with only the multi-value maps filled',
    source: 'rest-api',
    showsRepeats: true,
    base: `https://${HOST}/prod`,
    toEvent: (request = {}) => ({ ...payload1(request), headers: null, queryStringParameters: null }),
  },
  {
    name: 'REST API payload 1.0 with only the single-value maps filled',
    source: 'rest-api',
    showsRepeats: false,
    base: `https://${HOST}/prod`,
    toEvent: (request = {}) => ({
      ...payload1(request),
      multiValueHeaders: null,
      multiValueQueryStringParameters: null,
    }),
  },
  {
    name: 'REST API payload 1.0 with a rawPath',
    source: 'rest-api',
    showsRepeats: true,
    base: `https://${HOST}/prod`,
    toEvent: (request = {}) => ({ ...payload1(request), rawPath: '/not/the/path', rawQueryString: 'limit=9&page=9' }),
  },
  {
    name: 'ALB',
    source: 'alb',
    showsRepeats: false,
    base: `http://${HOST}`,
    toEvent: (request = {}) =>
      alb(request, {
        headers: lastOfEach(lowerCase(headersOf(request))),
        queryStringParameters: lastOfEach(rawParametersOf(request)),
      }),
  },
  {
    name: 'ALB with multi-value headers',
    source: 'alb-multi-value',
    showsRepeats: true,
    base: `http://${HOST}`,
    toEvent: (request = {}) =>
      alb(request, {
        multiValueHeaders: all(lowerCase(headersOf(request))),
        multiValueQueryStringParameters: all(rawParametersOf(request)),
      }),
  },
];
