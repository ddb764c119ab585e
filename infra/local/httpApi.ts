/** Converts requests to events and answers to responses, like API Gateway's HTTP API. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { isLoopback } from './endpoint';

/** The parts of a request's target as sent: the URL class would resolve dots and rewrite escapes. */
export type Target = {
  /** Host and port: of an absolute-form target, which overrides the Host header (RFC 9112 §3.2.2). */
  readonly authority: string | undefined;
  readonly path: string;
  readonly query: string;
};

export function targetOf({ url = '', headers }: IncomingMessage): Target {
  const [, authority, path, query = ''] = /^(?:https?:\/\/([^/?#]*))?([^?]*)\??(.*)$/is.exec(url) ?? [];
  return { authority: authority ?? headers.host, path: path || '/', query };
}

/**
 * Creates an event in payload format 2.0, without cookies.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export function toEvent(
  routeKey: string,
  requestId: string,
  request: IncomingMessage,
  body: Buffer,
): APIGatewayProxyEventV2 {
  const { authority = '', path, query } = targetOf(request);
  const now = new Date();
  const headers = Object.entries(request.headersDistinct).map(([name, values]) => [name, values?.join() ?? '']);
  return {
    version: '2.0',
    routeKey,
    rawPath: path,
    rawQueryString: query,
    headers: { ...joined(headers as [string, string][]), host: authority, 'x-forwarded-proto': 'http' },
    ...(query ? { queryStringParameters: joined([...new URLSearchParams(query)]) } : {}),
    requestContext: {
      accountId: '000000000000',
      apiId: 'local',
      domainName: isLoopback(`http://${authority}`) ? authority : 'local', // without a dot, it is not a host: links are then relative
      domainPrefix: 'local',
      http: {
        method: request.method ?? '',
        path,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: request.socket.remoteAddress ?? '',
        userAgent: request.headers['user-agent'] ?? '',
      },
      requestId,
      routeKey,
      stage: '$default',
      time: now.toUTCString().replace(/^\w+, (\d+) (\w+) (\d+) (\S+) GMT$/, '$1/$2/$3:$4 +0000'),
      timeEpoch: now.getTime(),
    },
    ...(body.length > 0 ? { body: body.toString('base64') } : {}),
    isBase64Encoded: body.length > 0,
  };
}

const MAX_BODY_BYTES = 4_500_000; // in base64 the maximum of an event: 6 MB with its headers

/**
 * Reads the request's body. Returns undefined if it exceeds an event's maximum; the rest is then discarded.
 *
 * @throws Error if the client aborts
 */
export async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  if (Number(request.headers['content-length']) > MAX_BODY_BYTES) return undefined;
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** @throws Error if API Gateway would not understand the function's answer */
export function send(answer: unknown, response: ServerResponse): void {
  const { statusCode, headers = {}, body = '', isBase64Encoded } = answer as APIGatewayProxyStructuredResultV2;
  if (!statusCode) throw new Error('The function answered without a statusCode');
  response.statusCode = statusCode;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, String(value));
  response.end(Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8'));
}

/** Sends one of API Gateway's own answers. */
export function sendMessage(response: ServerResponse, statusCode: number, message: string): void {
  const headers = { 'content-type': 'application/json' };
  send({ statusCode, headers, body: JSON.stringify({ message }) }, response);
}

/** Joins the values of a repeated name with commas. */
function joined(entries: readonly [string, string][]): Record<string, string> {
  const all = new Map<string, string>();
  for (const [name, value] of entries) all.set(name, all.has(name) ? `${all.get(name)},${value}` : value);
  return Object.fromEntries(all);
}
