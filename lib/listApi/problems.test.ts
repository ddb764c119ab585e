import { EVENT_FORMATS } from '../../test/events';
import { type Refusal, RefusedError, UnavailableError } from '../errors';
import { failureOf, toProblem as write } from '../http/problem';
import { parseEvent, type Request } from '../http/request';
import { LAMBDA_INSTANCES } from './resource';

const request = () => parseEvent(EVENT_FORMATS[0]?.toEvent({ query: 'limit=2&page=9' }));
const URL_PREFIX = 'https://abc123.execute-api.eu-central-1.amazonaws.com/backend/lambda-instances';
const OUTAGE = 'The list cannot be read at the moment; try again';
const BUG = 'The list cannot be read; quote the instance of this problem when you report it';

const toProblem = (error: unknown, request: Request | undefined) =>
  write(LAMBDA_INSTANCES.problems, error, 'r-1', (extent) =>
    request ? LAMBDA_INSTANCES.extentHeaders(request, extent) : {},
  );

const refused = (refusal: Refusal) => new RefusedError(refusal, 'because');

describe('a failure of this API', () => {
  it.each([
    ['unknown-event', 400, 'Bad request', 'bad request', {}],
    ['not-found', 404, 'Not found', 'not found', {}],
    ['method-not-allowed', 405, 'Method not allowed', 'method not allowed', { allow: 'GET, HEAD, OPTIONS' }],
    ['invalid-token', 401, 'Invalid token', 'unauthorized', { 'www-authenticate': 'Token realm="lambda-instances"' }],
    ['missing-parameter', 400, 'Missing parameter', 'bad request', {}],
    ['bad-parameter', 400, 'Bad parameter', 'bad request', {}],
    ['non-positive-parameter', 400, 'Zero or negative indexing not supported', 'bad request', {}],
    ['no-instances', 404, 'No lambda instances', 'not found', {}],
    ['page-out-of-range', 404, 'Page out of range', 'not found', {}],
    ['response-too-large', 400, 'Too many lambda instances', 'bad request', {}],
    ['unavailable', 503, 'Service unavailable', 'service unavailable', { 'retry-after': '1' }],
    ['internal-error', 500, 'Internal error', 'internal server error', {}],
  ] as const)('becomes the problem %s: %d, %s', (failure, status, title, details, headers) => {
    const [error, detail] = {
      unavailable: [new UnavailableError('at 192.0.2.1, table secret-table'), OUTAGE],
      'internal-error': [new Error('arn:aws:dynamodb:::table/secret-table'), BUG],
    }[failure as string] ?? [refused(failure as Refusal), 'because'];
    const { body, ...answer } = toProblem(error, request());
    expect(answer).toEqual({
      status,
      headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store', ...headers },
    });
    expect(JSON.parse(String(body))).toEqual({
      type: `urn:problem-type:lambda-instances:${failure}`,
      title,
      status,
      detail,
      instance: 'r-1',
      errors: [{ message: title, code: status, details }],
    });
    expect(failureOf(error)).toBe(failure);
  });

  it.each<[object, object]>([
    [{}, {}],
    [{ total: 5 }, { 'x-total-count': '5' }],
    [
      { total: 5, lastPage: 3 },
      {
        'x-total-count': '5',
        link: `<${URL_PREFIX}?limit=2&page=1>; rel="first", <${URL_PREFIX}?limit=2&page=3>; rel="last"`,
      },
    ],
  ])('has headers for the extent of a refusal: %j', (extent, expected) => {
    const { headers } = toProblem(new RefusedError('page-out-of-range', 'x', extent), request());
    expect(headers).toEqual({ 'content-type': 'application/problem+json', 'cache-control': 'no-store', ...expected });
  });

  it('has no links without a request', () => {
    const { headers } = toProblem(new RefusedError('unknown-event', 'x', { total: 5, lastPage: 3 }), undefined);
    expect(headers).toEqual({ 'content-type': 'application/problem+json', 'cache-control': 'no-store' });
  });

  it.each([undefined, null, 'text', 7, {}, { refusal: 'invalid-token' }])(
    'is an internal error if %j was thrown',
    (thrown) => {
      expect(toProblem(thrown, request()).status).toBe(500);
    },
  );
});
