/** Links lead to the URL that the caller used, in each way of deploying the function. */
import { parseEvent } from '../http/request';
import { linkHeader } from './links';

const ROUTE = '/backend/lambda-instances';
const EXECUTE_API = 'abc123.execute-api.eu-central-1.amazonaws.com';
const CUSTOM = 'api.example.org';
const CDN = 'd111.cloudfront.net';

type Deployment = {
  readonly name: string;
  /** The caller's URL, up to the query. */
  readonly url: string;
  readonly event: Record<string, unknown>;
  /** `PUBLIC_BASE_URL`, required where the event does not show the URL. */
  readonly publicBaseUrl?: string;
};

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html */
const payload2 = (domainName: string, stage: string, path: string) => ({
  version: '2.0',
  rawPath: path,
  rawQueryString: 'limit=2&page=2',
  requestContext: { domainName, stage, http: { method: 'GET', path } },
});

/** An HTTP API with payload format 1.0: its paths include the stage, as in 2.0. */
const payload1 = (domainName: string, stage: string, path: string) => ({
  version: '1.0',
  httpMethod: 'GET',
  path,
  queryStringParameters: { limit: '2', page: '2' },
  requestContext: { domainName, stage, path },
});

/** A REST API: only the context's path includes the stage; both include a base path. */
const rest = (domainName: string, stage: string, contextPath: string, path: string) => ({
  httpMethod: 'GET',
  path,
  queryStringParameters: { limit: '2', page: '2' },
  requestContext: { domainName, stage, path: contextPath },
});

const alb = (headers: Record<string, string>, path: string, multiple = false) => ({
  requestContext: { elb: { targetGroupArn: 'arn' } },
  httpMethod: 'GET',
  path,
  ...(multiple
    ? {
        multiValueHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
        multiValueQueryStringParameters: { limit: ['2'], page: ['2'] },
      }
    : { headers, queryStringParameters: { limit: '2', page: '2' } }),
});

const DEPLOYMENTS: readonly Deployment[] = [
  ...[payload2, payload1].flatMap((toEvent) => [
    {
      name: 'the default endpoint, stage $default',
      url: `https://${EXECUTE_API}${ROUTE}`,
      event: toEvent(EXECUTE_API, '$default', ROUTE),
    },
    {
      name: 'the default endpoint, a named stage',
      url: `https://${EXECUTE_API}/prod${ROUTE}`,
      event: toEvent(EXECUTE_API, 'prod', `/prod${ROUTE}`),
    },
    {
      name: 'a custom domain, stage $default',
      url: `https://${CUSTOM}${ROUTE}`,
      event: toEvent(CUSTOM, '$default', ROUTE),
    },
    {
      name: 'a custom domain, a named stage',
      url: `https://${CUSTOM}${ROUTE}`,
      event: toEvent(CUSTOM, 'prod', `/prod${ROUTE}`),
    },
    {
      name: 'a custom domain, a named stage, with the variable',
      url: `https://${CUSTOM}${ROUTE}`,
      event: toEvent(CUSTOM, 'prod', `/prod${ROUTE}`),
      publicBaseUrl: `https://${CUSTOM}`,
    },
    {
      name: 'a custom domain, a mapping key, stage $default', // no event shows the key
      url: `https://${CUSTOM}/v1${ROUTE}`,
      event: toEvent(CUSTOM, '$default', ROUTE),
      publicBaseUrl: `https://${CUSTOM}/v1`,
    },
    {
      name: 'a custom domain, a mapping key, a named stage',
      url: `https://${CUSTOM}/v1${ROUTE}`,
      event: toEvent(CUSTOM, 'prod', `/prod${ROUTE}`),
      publicBaseUrl: `https://${CUSTOM}/v1`,
    },
    {
      name: 'a CDN before a named stage, which is its origin path',
      url: `https://${CDN}${ROUTE}`,
      event: toEvent(EXECUTE_API, 'prod', `/prod${ROUTE}`),
      publicBaseUrl: `https://${CDN}`,
    },
    {
      name: 'a CDN with a path of its own',
      url: `https://${CDN}/clusters${ROUTE}`,
      event: toEvent(EXECUTE_API, '$default', ROUTE),
      publicBaseUrl: `https://${CDN}/clusters`,
    },
  ]),
  {
    name: 'a REST API, the default endpoint',
    url: `https://${EXECUTE_API}/prod${ROUTE}`,
    event: rest(EXECUTE_API, 'prod', `/prod${ROUTE}`, ROUTE),
  },
  {
    name: 'a REST API, a custom domain',
    url: `https://${CUSTOM}${ROUTE}`,
    event: rest(CUSTOM, 'prod', ROUTE, ROUTE),
  },
  {
    name: 'a REST API, a custom domain, a base path',
    url: `https://${CUSTOM}/v1${ROUTE}`,
    event: rest(CUSTOM, 'prod', `/v1${ROUTE}`, `/v1${ROUTE}`),
  },
  {
    name: 'a REST API, a custom domain whose callers name the stage',
    url: `https://${CUSTOM}/v1/prod${ROUTE}`,
    event: rest(CUSTOM, 'prod', `/v1/prod${ROUTE}`, `/v1/prod${ROUTE}`),
  },
  {
    name: 'a CDN before a REST API, with the stage as origin path',
    url: `https://${CDN}${ROUTE}`,
    event: rest(EXECUTE_API, 'prod', `/prod${ROUTE}`, ROUTE),
    publicBaseUrl: `https://${CDN}`,
  },
  {
    name: 'a CDN before a REST API with a base path',
    url: `https://${CDN}/v1${ROUTE}`,
    event: rest(EXECUTE_API, 'prod', `/prod${ROUTE}`, ROUTE),
    publicBaseUrl: `https://${CDN}/v1`,
  },
  { name: 'a REST API without a domain name', url: `https://${CDN}/v1${ROUTE}`, event: rest('', 'prod', ROUTE, ROUTE) },
  {
    name: 'a Function URL',
    url: `https://abc.lambda-url.eu-central-1.on.aws${ROUTE}`,
    event: payload2('abc.lambda-url.eu-central-1.on.aws', '$default', ROUTE),
  },
  ...[false, true].flatMap((multiple) => [
    {
      name: 'an ALB',
      url: `https://${CUSTOM}/v1${ROUTE}`,
      event: alb({ host: CUSTOM, 'x-forwarded-proto': 'https' }, `/v1${ROUTE}`, multiple),
    },
    {
      name: 'an ALB at another port',
      url: `http://${CUSTOM}:8080${ROUTE}`,
      event: alb({ host: `${CUSTOM}:8080`, 'x-forwarded-proto': 'http' }, ROUTE, multiple),
    },
    { name: 'an ALB without a Host', url: `http://192.0.2.1/v1${ROUTE}`, event: alb({}, `/v1${ROUTE}`, multiple) },
    {
      name: 'a CDN before an ALB',
      url: `https://${CDN}${ROUTE}`,
      event: alb({ host: CUSTOM, 'x-forwarded-proto': 'http' }, `/v1${ROUTE}`, multiple),
      publicBaseUrl: `https://${CDN}`,
    },
  ]),
  {
    name: 'AWS SAM’s emulator',
    url: `http://127.0.0.1:3000${ROUTE}`,
    event: { ...rest('127.0.0.1:3000', 'Prod', ROUTE, ROUTE), headers: { 'X-Forwarded-Proto': 'http' } },
  },
  {
    name: 'an emulator of an HTTP API with a named stage',
    url: `http://localhost:3000/dev${ROUTE}`,
    event: { ...payload2('localhost:3000', 'dev', `/dev${ROUTE}`), headers: { 'x-forwarded-proto': 'http' } },
  },
  {
    name: 'serverless-offline',
    url: `http://localhost:3000/dev${ROUTE}`,
    event: rest('offlineContext_domainName', 'dev', `/dev${ROUTE}`, ROUTE),
  },
];

describe.each(DEPLOYMENTS)('links through $name', ({ url, event, publicBaseUrl }) => {
  it.each(['', '/'])('lead to the caller’s URL, ending in %j', (slash) => {
    const request = parseEvent(withSlash(event, slash), publicBaseUrl);
    if (!request) throw new Error('unknown event');
    const { link = '' } = linkHeader(request, { next: { step: 1, after: '7' }, last: { page: 9 } });
    const links = [...link.matchAll(/<([^>]*)>/g)].map(([, reference = '']) => new URL(reference, url + slash).href);
    expect(links).toEqual([`${url}${slash}?limit=2&page=3&after=7`, `${url}${slash}?limit=2&page=9`]);
  });
});

const withSlash = (event: Record<string, unknown>, slash: string): unknown =>
  JSON.parse(JSON.stringify(event).replaceAll(`${ROUTE}"`, `${ROUTE}${slash}"`));
