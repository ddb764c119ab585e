import type { GatewayResponse } from '../lib/http/answer';
import { expectDescribed } from './openapi';

const response: GatewayResponse & { headers: Record<string, string> } = {
  statusCode: 200,
  headers: {
    'content-type': 'application/json',
    'cache-control': 'private, no-cache',
    etag: 'W/"0123456789abcdefghij-_"',
    'server-timing': 'token;dur=1.0, page;dur=2.0',
    'x-request-id': '1',
    'x-content-type-options': 'nosniff',
    'strict-transport-security': 'max-age=63072000',
    vary: 'Authorization, Authentication, X-Api-Key, Accept-Encoding',
    'x-total-count': '1',
  },
  body: '{"data":[{"uuid":1,"name":"Physics Lambda Instance","id":1}]}',
  isBase64Encoded: false,
};
const { etag: _, ...headersWithoutEtag } = response.headers;
const withBody = (body: string): GatewayResponse => ({ ...response, body });
const withHeader = (name: string, value: string): GatewayResponse => ({
  ...response,
  headers: { ...response.headers, [name]: value },
});

describe('expectDescribed', () => {
  it('accepts what the description tells of', () => {
    expect(() => expectDescribed(response, { method: 'GET' })).not.toThrow();
  });

  it.each<[string, GatewayResponse, string?]>([
    ['a status', { ...response, statusCode: 418 }],
    ['a status that another method may have', { ...response, statusCode: 204 }],
    ['a method not allowed that is', { ...response, statusCode: 405 }],
    ['a method allowed that is not', response, 'POST'],
    ['a header', withHeader('x-powered-by', 'magic')],
    ['a header that lacks', { ...response, headers: headersWithoutEtag }],
    ['the value of a header', withHeader('x-total-count', 'one')],
    ['a media type', withHeader('content-type', 'text/plain')],
    ['a member', withBody('{"data":[{"uuid":1,"name":"","id":1,"owner":""}]}')],
    ['a member that lacks', withBody('{"data":[{"uuid":1,"id":1}]}')],
    ['the type of a member', withBody('{"data":[{"uuid":"1","name":"","id":1}]}')],
    ['an empty list', withBody('{"data":[]}')],
    ['a body where none belongs', response, 'HEAD'],
  ])('refuses %s', (_name, undescribed, method = 'GET') => {
    expect(() => expectDescribed(undescribed, { method })).toThrow();
  });
});
