/** Converts a function's HTTP answer to the response that its caller receives. */
import { brotliDecompressSync, gunzipSync } from 'node:zlib';

/** A function's return value to API Gateway or an ALB. */
export type HttpAnswer = {
  readonly statusCode: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly multiValueHeaders?: Readonly<Record<string, readonly string[]>>;
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
};

export type ReceivedAnswer = {
  readonly status: number;
  /** With the function's spelling of the names. */
  readonly headers: Readonly<Record<string, string>>;
  /** Decompressed. */
  readonly text: string;
};

/** Decodes an answer's body and joins the values of each header with commas, as RFC 9110 §5.3 does. */
export function receive(answer: HttpAnswer): ReceivedAnswer {
  const { statusCode, headers, multiValueHeaders, body = '', isBase64Encoded } = answer;
  const fields = Object.entries({ ...headers, ...multiValueHeaders }).map(([name, value]) => [name, String(value)]);
  const coding = fields.find(([name]) => name?.toLowerCase() === 'content-encoding')?.[1];
  const bytes = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
  return { status: statusCode, headers: Object.fromEntries(fields), text: decode(bytes, coding).toString() };
}

function decode(bytes: Buffer, coding: string | undefined): Buffer {
  if (bytes.length === 0) return bytes; // an answer to HEAD has the coding of a body, but no body
  if (coding === 'gzip') return gunzipSync(bytes);
  return coding === 'br' ? brotliDecompressSync(bytes) : bytes;
}
