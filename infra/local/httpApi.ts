/** What API Gateway's HTTP API makes of a request for a function, and of the function's answer. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';

/** The path as it was sent. A URL class would resolve its dots and rewrite its escapes. */
export const pathOf = (request: IncomingMessage): string => urlOf(request).path;

/**
 * Payload format 2.0, without cookies.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export function toEvent(routeKey: string, request: IncomingMessage, body: Buffer): APIGatewayProxyEventV2 {
  const { path, query } = urlOf(request);
  const now = new Date();
  return {
    version: '2.0',
    routeKey,
    rawPath: path,
    rawQueryString: query,
    headers: joined(Object.entries(request.headersDistinct).map(([name, values]) => [name, values?.join() ?? ''])),
    ...(query ? { queryStringParameters: joined([...new URLSearchParams(query)]) } : {}),
    requestContext: {
      accountId: '000000000000',
      apiId: 'local',
      domainName: 'localhost',
      domainPrefix: 'localhost',
      http: {
        method: request.method ?? '',
        path,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: request.socket.remoteAddress ?? '',
        userAgent: request.headers['user-agent'] ?? '',
      },
      requestId: randomUUID(),
      routeKey,
      stage: '$default',
      time: now.toUTCString().replace(/^\w+, (\d+) (\w+) (\d+) (\S+) GMT$/, '$1/$2/$3:$4 +0000'),
      timeEpoch: now.getTime(),
    },
    ...(body.length > 0 ? { body: body.toString('base64') } : {}),
    isBase64Encoded: body.length > 0,
  };
}

/** @throws Error if the function's answer is none that API Gateway understands */
export function send(answer: unknown, response: ServerResponse): void {
  const { statusCode, headers = {}, body = '', isBase64Encoded } = answer as APIGatewayProxyStructuredResultV2;
  if (!statusCode) throw new Error('The function answered without a statusCode');
  response.statusCode = statusCode;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, String(value));
  response.end(Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8'));
}

/** API Gateway's own answers. */
export function sendMessage(response: ServerResponse, statusCode: number, message: string): void {
  const headers = { 'content-type': 'application/json' };
  send({ statusCode, headers, body: JSON.stringify({ message }) }, response);
}

function urlOf(request: IncomingMessage): { path: string; query: string } {
  const [, path = '', query = ''] = /^([^?]*)\??(.*)$/.exec(request.url ?? '') ?? [];
  return { path, query };
}

/** What was sent several times has its values joined with commas. */
function joined(entries: [string, string][]): Record<string, string> {
  const all: Record<string, string> = {};
  for (const [name, value] of entries) all[name] = name in all ? `${all[name]},${value}` : value;
  return all;
}
