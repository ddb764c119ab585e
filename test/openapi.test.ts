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

const problem = {
  type: 'urn:problem-type:lambda-instances:invalid-token',
  title: 'Invalid token',
  status: 401,
  detail: 'Pass a valid token',
  instance: '1',
  errors: [{ message: 'Invalid token', code: 401, details: 'unauthorized' }],
};
const { etag: _etag, 'server-timing': _timing, 'x-total-count': _count, ...commonHeaders } = response.headers;
const withProblem = (changes: object): GatewayResponse => ({
  statusCode: 401,
  headers: {
    ...commonHeaders,
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
    'www-authenticate': 'Token realm="lambda-instances"',
    vary: 'Authorization, Authentication, X-Api-Key',
  },
  body: JSON.stringify({ ...problem, ...changes }),
  isBase64Encoded: false,
});

describe('expectDescribed', () => {
  it('accepts described responses', () => {
    expect(() => expectDescribed(response, { method: 'GET' })).not.toThrow();
    expect(() => expectDescribed(withProblem({}), { method: 'GET' })).not.toThrow();
  });

  it.each<[string, GatewayResponse, string?]>([
    ['a member of a problem', withProblem({ hint: '' })],
    ['a member of the errors of a problem', withProblem({ errors: [{ ...problem.errors[0], hint: '' }] })],
    ['a problem type', withProblem({ type: 'urn:problem-type:lambda-instances:new' })],
    ['a problem type of another status', withProblem({ type: 'urn:problem-type:lambda-instances:not-found' })],
    ['the status of a problem', withProblem({ status: 400 })],
    ['a status', { ...response, statusCode: 418 }],
    ['a status that another method has', { ...response, statusCode: 204 }],
    ['an allowed method as not allowed', { ...response, statusCode: 405 }],
    ['another method as allowed', response, 'POST'],
    ['a header', withHeader('x-powered-by', 'magic')],
    ['a missing header', { ...response, headers: headersWithoutEtag }],
    ['a malformed header', withHeader('x-total-count', 'one')],
    ['another media type', withHeader('content-type', 'text/plain')],
    ['a member', withBody('{"data":[{"uuid":1,"name":"","id":1,"owner":""}]}')],
    ['a missing member', withBody('{"data":[{"uuid":1,"id":1}]}')],
    ['a member of another type', withBody('{"data":[{"uuid":"1","name":"","id":1}]}')],
    ['a uuid that is not an integer', withBody('{"data":[{"uuid":1.5,"name":"","id":1}]}')],
    ['an empty list', withBody('{"data":[]}')],
    ['a body after HEAD', response, 'HEAD'],
  ])('refuses %s', (_name, undescribed, method = 'GET') => {
    expect(() => expectDescribed(undescribed, { method })).toThrow();
  });
});
