import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import type { GatewayResponse } from '../lib/http/answer';

/** A response as the caller receives it, for any event source and coding. */
export type ReceivedAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
};

export function receive({
  statusCode,
  headers,
  multiValueHeaders,
  body,
  isBase64Encoded,
}: GatewayResponse): ReceivedAnswer {
  const received = headers ?? firstOfEach(multiValueHeaders ?? {});
  const bytes = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
  return { status: statusCode, headers: received, text: decoded(bytes, received['content-encoding']).toString() };
}

const firstOfEach = (lists: Record<string, string[]>): Record<string, string> =>
  Object.fromEntries(Object.entries(lists).map(([name, [value = '']]) => [name, value]));

function decoded(bytes: Buffer, coding: string | undefined): Buffer {
  if (bytes.length === 0 || coding === undefined) return bytes; // HEAD has a coding but no body
  return coding === 'br' ? brotliDecompressSync(bytes) : gunzipSync(bytes);
}
