import { type Extent, type Refusal, RefusedError, UnavailableError } from '../errors';
import { linkHeader } from '../listApi/links';
import { METHODS } from '../listApi/route';
import { type Answer, reasonPhrase } from './answer';
import type { Request } from './request';

type Failure = Refusal | 'unavailable' | 'internal-error';
type Problem = { readonly status: number; readonly title: string; readonly headers?: Readonly<Record<string, string>> };

/** Titles are also the messages that existing clients read; what they know of them must stay as it is. */
const PROBLEMS: Readonly<Record<Failure, Problem>> = {
  'unknown-event': { status: 400, title: 'Bad request' },
  'not-found': { status: 404, title: 'Not found' },
  'method-not-allowed': { status: 405, title: 'Method not allowed', headers: { allow: METHODS.join(', ') } },
  'invalid-token': {
    status: 401,
    title: 'Invalid token',
    headers: { 'www-authenticate': 'Token realm="lambda-instances"' },
  },
  'missing-parameter': { status: 400, title: 'Missing parameter' },
  'bad-parameter': { status: 400, title: 'Bad parameter' },
  'non-positive-parameter': { status: 400, title: 'Zero or negative indexing not supported' },
  'no-instances': { status: 404, title: 'No lambda instances' },
  'page-out-of-range': { status: 404, title: 'Page out of range' },
  'response-too-large': { status: 400, title: 'Too many lambda instances' },
  unavailable: { status: 503, title: 'Service unavailable', headers: { 'retry-after': '1' } },
  'internal-error': { status: 500, title: 'Internal error' },
};

/**
 * A failure as RFC 9457 problem details; `errors` is the form that this API's older clients read.
 * Only a refusal tells its message: an outage or a bug may name a table or a host.
 */
export function toProblem(error: unknown, requestId: string, request: Request | undefined): Answer {
  const failure = failureOf(error);
  const { status, title, headers } = PROBLEMS[failure];
  const detail = error instanceof RefusedError ? error.message : DETAILS[status];
  const body = {
    type: `urn:problem-type:lambda-instances:${failure}`,
    title,
    status,
    detail,
    instance: requestId,
    errors: [{ message: title, code: status, details: reasonPhrase(status).toLowerCase() }],
  };
  return {
    status,
    headers: {
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      ...headers,
      ...(error instanceof RefusedError && request ? extentHeaders(request, error.extent) : {}),
    },
    body: JSON.stringify(body),
  };
}

function extentHeaders(request: Request, { total, lastPage }: Extent): Record<string, string> {
  return {
    ...(total === undefined ? {} : { 'x-total-count': String(total) }),
    ...(lastPage === undefined ? {} : linkHeader(request, { first: 1, last: lastPage })),
  };
}

export function failureOf(error: unknown): Failure {
  if (error instanceof RefusedError) return error.refusal;
  return error instanceof UnavailableError ? 'unavailable' : 'internal-error';
}

const DETAILS: Readonly<Record<number, string>> = {
  503: 'The list cannot be read at the moment; try again',
  500: 'The list cannot be read; quote the instance of this problem when you report it',
};
