import { brotliCompressSync, gzipSync } from 'node:zlib';
import { showAnswer } from './showAnswer';

const body = '{"data":[{"uuid":12345678901234567890123456789012345678,"name":"Über","id":1.50}]}';
const shown = `{
  "data": [
    {
      "uuid": 12345678901234567890123456789012345678,
      "name": "Über",
      "id": 1.50
    }
  ]
}`;

it('shows status, headers and the body with all its digits', () => {
  const headers = { 'content-type': 'application/json' };
  expect(showAnswer({ statusCode: 200, headers, body })).toBe(`200 OK\ncontent-type: application/json\n\n${shown}`);
});

it.each([
  ['gzip', gzipSync],
  ['br', brotliCompressSync],
])('unpacks %s', (coding, compress) => {
  const answer = {
    statusCode: 200,
    multiValueHeaders: { 'Content-Encoding': [coding] },
    body: compress(body).toString('base64'),
    isBase64Encoded: true,
  };
  expect(showAnswer(answer)).toBe(`200 OK\nContent-Encoding: ${coding}\n\n${shown}`);
});

it('shows a body that is no JSON as it is', () => {
  expect(showAnswer({ statusCode: 502, body: '<html>' })).toBe('502 Bad Gateway\n\n<html>');
});

it('shows an answer that is none of HTTP', () => {
  expect(showAnswer({ batchItemFailures: [] })).toBe('{\n  "batchItemFailures": []\n}');
});
