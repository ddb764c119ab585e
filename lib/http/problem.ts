import { type Extent, type Refusal, RefusedError, UnavailableError } from '../errors';
import { type Answer, reasonPhrase } from './answer';

export type Failure = Refusal | 'unavailable' | 'internal-error';

type Problem = {
  readonly status: number;
  readonly title: string;
  readonly headers?: Readonly<Record<string, string>>;
};

/** How an API words its failures. */
export type Problems = {
  /** Every `type` begins with it; callers switch on the whole. */
  readonly typePrefix: string;
  readonly table: Readonly<Record<Failure, Problem>>;
  /** The `detail` of failures that are not refusals: their messages may name a table or a host. */
  readonly details: Readonly<Record<'unavailable' | 'internal-error', string>>;
};

/**
 * Returns a failure as RFC 9457 problem details; its member `errors` is the form that this API's older clients read.
 * Only a refusal shows its message to the caller.
 *
 * @param headers of the refusal's extent
 */
export function toProblem(
  { typePrefix, table, details }: Problems,
  error: unknown,
  requestId: string,
  headersOf: (extent: Extent) => Readonly<Record<string, string>>,
): Answer {
  const failure = failureOf(error);
  const { status, title, headers } = table[failure];
  const body = {
    type: typePrefix + failure,
    title,
    status,
    detail: error instanceof RefusedError ? error.message : details[failure as keyof typeof details],
    instance: requestId,
    errors: [{ message: title, code: status, details: reasonPhrase(status).toLowerCase() }],
  };
  return {
    status,
    headers: {
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      ...headers,
      ...(error instanceof RefusedError ? headersOf(error.extent) : {}),
    },
    body: JSON.stringify(body),
  };
}

export function failureOf(error: unknown): Failure {
  if (error instanceof RefusedError) return error.refusal;
  return error instanceof UnavailableError ? 'unavailable' : 'internal-error';
}
