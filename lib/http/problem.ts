import { type Extent, type Refusal, RefusedError, UnavailableError } from '../errors';
import { type Answer, reasonPhrase } from './answer';

export type Failure = Refusal | 'unavailable' | 'internal-error';

type Problem = {
  readonly status: number;
  readonly title: string;
  readonly headers?: Readonly<Record<string, string>>;
};

/** The problem types of an API. */
export type Problems = {
  /** The prefix of every `type` URI. */
  readonly typePrefix: string;
  readonly table: Readonly<Record<Failure, Problem>>;
  /** The `detail` of failures other than refusals, whose own messages may name a table or a host. */
  readonly details: Readonly<Record<'unavailable' | 'internal-error', string>>;
};

/**
 * Converts an error to RFC 9457 problem details, with the member `errors` for this API's older clients. The caller sees
 * the message of a RefusedError only.
 *
 * @param headersOf returns the headers for a refusal's extent
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

/** Classifies an error: RefusedError by its refusal, UnavailableError as unavailable, any other as internal-error. */
export function failureOf(error: unknown): Failure {
  if (error instanceof RefusedError) return error.refusal;
  return error instanceof UnavailableError ? 'unavailable' : 'internal-error';
}
