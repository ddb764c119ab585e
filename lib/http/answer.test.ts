import { type Answer, maxResponseBytes, reasonPhrase, toGatewayResponse } from './answer';
import { testFits } from './fits.testing';
import type { EventSource } from './request';

const ANSWER: Answer = { status: 200, headers: { etag: 'W/"a"', vary: 'Origin' }, body: '{}' };
const SOURCES: readonly EventSource[] = ['http-api', 'rest-api', 'alb', 'alb-multi-value'];

describe('toGatewayResponse', () => {
  it.each<[EventSource, object]>([
    ['http-api', { headers: ANSWER.headers }],
    ['rest-api', { headers: ANSWER.headers }],
    ['alb', { headers: ANSWER.headers, statusDescription: '200 OK' }],
    ['alb-multi-value', { multiValueHeaders: { etag: ['W/"a"'], vary: ['Origin'] }, statusDescription: '200 OK' }],
  ])('writes an answer in the form that %s expects', (source, form) => {
    expect(toGatewayResponse(ANSWER, source)).toEqual({ statusCode: 200, body: '{}', isBase64Encoded: false, ...form });
  });

  it.each(SOURCES)('encodes a binary body as base64 for %s', (source) => {
    const body = Buffer.from([0x1f, 0x8b, 0xff]);
    expect(toGatewayResponse({ ...ANSWER, body }, source)).toMatchObject({ body: 'H4v/', isBase64Encoded: true });
  });

  it.each([
    [200, '200 OK'],
    [204, '204 No Content'],
    [304, '304 Not Modified'],
    [400, '400 Bad Request'],
    [401, '401 Unauthorized'],
    [404, '404 Not Found'],
    [405, '405 Method Not Allowed'],
    [500, '500 Internal Server Error'],
    [503, '503 Service Unavailable'],
  ])('adds the status description of %d for an ALB', (status, statusDescription) => {
    expect(toGatewayResponse({ ...ANSWER, status }, 'alb')).toMatchObject({ statusCode: status, statusDescription });
  });
});

describe('reasonPhrase', () => {
  it('returns an empty string for a status that this API does not use', () => {
    expect(reasonPhrase(418)).toBe('');
  });
});

it.each<[EventSource, number]>([
  ['http-api', 6_291_556],
  ['rest-api', 6_291_556],
])('limits responses for %s to %d bytes', (source, max) => {
  expect(maxResponseBytes(source)).toBe(max);
});

describe('fits', () => {
  testFits([
    ['alb', 1_048_576],
    ['alb-multi-value', 1_048_576],
  ]);
});
