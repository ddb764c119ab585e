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
])('decompresses %s', (coding, compress) => {
  const answer = {
    statusCode: 200,
    multiValueHeaders: { 'Content-Encoding': [coding] },
    body: compress(body).toString('base64'),
    isBase64Encoded: true,
  };
  expect(showAnswer(answer)).toBe(`200 OK\nContent-Encoding: ${coding}\n\n${shown}`);
});

it('shows the headers of an answer to HEAD, whose coding has no body', () => {
  const answer = { statusCode: 200, headers: { 'content-encoding': 'gzip' }, body: '', isBase64Encoded: false };
  expect(showAnswer(answer)).toBe('200 OK\ncontent-encoding: gzip\n\n');
});

it('joins the values of a header with commas', () => {
  const answer = { statusCode: 204, multiValueHeaders: { vary: ['Origin', 'Accept-Encoding'] } };
  expect(showAnswer(answer)).toBe('204 No Content\nvary: Origin,Accept-Encoding\n\n');
});

it('shows a body other than JSON unchanged', () => {
  expect(showAnswer({ statusCode: 502, body: '<html>' })).toBe('502 Bad Gateway\n\n<html>');
});

it('shows the result of a function that does not answer HTTP as JSON', () => {
  expect(showAnswer({ batchItemFailures: [] })).toBe('{\n  "batchItemFailures": []\n}');
});
