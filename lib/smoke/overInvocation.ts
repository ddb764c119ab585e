import { type Call, type Reply, type SmokeRequest, urlOf } from './call';
import type { Invoke } from './invoke';

/** Calls a function as an HTTP API does, with payload 2.0. */
export const overInvocation =
  (invoke: Invoke): Call =>
  async (request) =>
    parseResponse(await invoke(toEvent(request)), urlOf(request, BASE));

const BASE = 'https://smoke-test.invalid'; // RFC 6761: never resolves

function toEvent(request: SmokeRequest): unknown {
  const { method = 'GET', headers = {} } = request;
  const { pathname: path, search, hostname } = new URL(urlOf(request, BASE));
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString: search.slice(1),
    headers,
    requestContext: {
      domainName: hostname,
      http: { method, path, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'smoke test' },
      stage: '$default',
    },
    isBase64Encoded: false,
  };
}

function parseResponse(response: unknown, url: string): Reply {
  const { statusCode, headers, body, isBase64Encoded } = (response ?? {}) as Record<string, unknown>;
  if (typeof statusCode !== 'number' || typeof body !== 'string' || typeof headers !== 'object') {
    throw new TypeError(`the function answered with ${JSON.stringify(response)?.slice(0, 200)}`);
  }
  return {
    status: statusCode,
    headers: new Map(Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value)])),
    url,
    body: isBase64Encoded ? Buffer.from(body, 'base64').toString() : body,
  };
}
