import type { RefusedError } from '../errors';
import type { EventSource } from './request';

/** A response, independent of the event source. */
export type Answer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Text, or bytes if compressed. */
  readonly body: string | Buffer;
  /** The refusal to answer with instead if the response exceeds the event source's limit. */
  readonly tooLarge?: RefusedError;
};

/** The response object that Lambda returns to API Gateway or an ALB. */
export type GatewayResponse = {
  statusCode: number;
  statusDescription?: string;
  headers?: Record<string, string>;
  multiValueHeaders?: Record<string, string[]>;
  body: string;
  isBase64Encoded: boolean;
};

/** Converts an answer to the response format of `source`. */
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

/** Returns the limit of an event source on the whole response, as JSON, in bytes. */
export const maxResponseBytes = (source: EventSource): number =>
  source.startsWith('alb')
    ? 1_048_576 // docs.aws.amazon.com, "Lambda functions as targets": 1 MB
    : 6_291_556; // a synchronous invocation's limit, from Lambda's own error message

/** Returns whether the response is within its event source's limit. */
export function fits(response: GatewayResponse, source: EventSource): boolean {
  const max = maxResponseBytes(source);
  // Stryker disable next-line ConditionalExpression,EqualityOperator: a shortcut; results do not change
  if (response.body.length * MAX_ESCAPED_BYTES < max / 2) return true; // avoids serialising every answer twice
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

/** Returns the RFC 9110 reason phrase of a status that this API uses; '' for others. node:http loads slowly. */
export const reasonPhrase = (status: number): string => REASONS[status] ?? '';
