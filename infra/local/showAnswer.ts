/** A function's answer as a person reads it: status, headers and body as curl shows them, with the JSON indented. */
import { STATUS_CODES } from 'node:http';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { parse, stringify } from 'lossless-json';

type HttpAnswer = {
  readonly statusCode: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly multiValueHeaders?: Readonly<Record<string, readonly string[]>>;
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
};

export function showAnswer(answer: unknown): string {
  return isHttpAnswer(answer) ? showHttpAnswer(answer) : indent(JSON.stringify(answer));
}

const isHttpAnswer = (answer: unknown): answer is HttpAnswer =>
  typeof answer === 'object' && answer !== null && 'statusCode' in answer;

function showHttpAnswer({ statusCode, headers, multiValueHeaders, body = '', isBase64Encoded }: HttpAnswer): string {
  const fields = Object.entries({ ...headers, ...multiValueHeaders }).map(([name, value]) => [name, String(value)]);
  const bytes = decompress(Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8'), fields);
  return [
    `${statusCode} ${STATUS_CODES[statusCode]}`,
    ...fields.map(([name, value]) => `${name}: ${value}`),
    '',
    indent(bytes.toString()),
  ].join('\n');
}

function decompress(bytes: Buffer, fields: string[][]): Buffer {
  const coding = fields.find(([name]) => name?.toLowerCase() === 'content-encoding')?.[1];
  if (coding === 'gzip') return gunzipSync(bytes);
  return coding === 'br' ? brotliDecompressSync(bytes) : bytes;
}

/** Bodies that are no JSON stay as they are. */
function indent(text: string): string {
  try {
    return stringify(parse(text), undefined, 2) ?? text; // JSON.parse would lose digits of the numbers
  } catch (error) {
    if (error instanceof SyntaxError) return text;
    throw error;
  }
}
