import type { RefusedError } from '../errors';
import type { EventSource } from './request';

/** What the caller gets, before it is written in the form of its event source. */
export type Answer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Text, or bytes if it is compressed. */
  readonly body: string | Buffer;
  /** What to answer with instead if this exceeds what its event source carries. */
  readonly tooLarge?: RefusedError;
};

/** What Lambda hands to API Gateway, or to an ALB. */
export type GatewayResponse = {
  statusCode: number;
  statusDescription?: string;
  headers?: Record<string, string>;
  multiValueHeaders?: Record<string, string[]>;
  body: string;
  isBase64Encoded: boolean;
};

export function toGatewayResponse({ status, headers, body }: Answer, source: EventSource): GatewayResponse {
  const isBase64Encoded = typeof body !== 'string';
  return {
    statusCode: status,
    ...(source.startsWith('alb') ? { statusDescription: `${status} ${reasonPhrase(status)}` } : {}),
    ...(source === 'alb-multi-value'
      ? { multiValueHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])) }
      : { headers: { ...headers } }),
    body: isBase64Encoded ? body.toString('base64') : body,
    isBase64Encoded,
  };
}

/** What an event source carries: the whole response as JSON, in bytes. */
export const maxResponseBytes = (source: EventSource): number =>
  source.startsWith('alb')
    ? 1_048_576 // docs.aws.amazon.com, "Lambda functions as targets": 1 MB
    : 6_291_556; // what a synchronous invocation may return, by Lambda's own error message

export function fits(response: GatewayResponse, source: EventSource): boolean {
  const max = maxResponseBytes(source);
  // Stryker disable next-line ConditionalExpression,EqualityOperator: a shortcut, which changes no answer
  if (response.body.length * MAX_ESCAPED_BYTES < max / 2) return true; // saves writing every answer twice
  return Buffer.byteLength(JSON.stringify(response)) <= max;
}

const MAX_ESCAPED_BYTES = 6; // a control character becomes \u0000

const REASONS: Readonly<Record<number, string>> = {
  200: 'OK',
  204: 'No Content',
  304: 'Not Modified',
  400: 'Bad Request',
  401: 'Unauthorized',
  404: 'Not Found',
  405: 'Method Not Allowed',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

/** RFC 9110's words for the statuses that this API uses (node:http has them too, but takes a while to load). */
export const reasonPhrase = (status: number): string => REASONS[status] ?? '';
