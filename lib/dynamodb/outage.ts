import { UnavailableError } from '../errors';
import { isPassingCode } from './passingCodes';

const THROTTLING = new Set([
  'LimitExceededException',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ThrottlingException',
  'ThrottledException',
  'TooManyRequestsException',
  'TransactionInProgressException',
]);

/**
 * Converts an error of a DynamoDB call to `UnavailableError` if it is transient (throttling, internal error, broken
 * connection, timeout, a response that is not DynamoDB's); returns any other (missing table, denied access, bug) as is.
 */
export function toOutage(error: unknown): unknown {
  return isPassing(error) ? new UnavailableError('DynamoDB did not answer', { cause: error }) : error;
}

/** Returns whether a session's error means throttling. */
export const isThrottled = (error: unknown): boolean => error instanceof UnavailableError && isThrottling(error.cause);

/** Returns whether a call's error means throttling. */
export const isThrottling = (error: unknown): boolean =>
  error instanceof Error && (THROTTLING.has(error.name) || statusOf(error) === 429);

/** Returns whether a call should be retried: throttling, an internal error, or no response. */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { name, code, errors = [] } = error as ServiceError;
  if (isThrottling(error) || statusOf(error) >= 500 || name === 'TimeoutError') return true;
  return isPassingCode(code) || errors.some(isTransient); // one error per address of the host
}

function isPassing(error: unknown): boolean {
  return error instanceof Error && (isTransient(error) || error.name === 'AbortError' || isGarbled(error));
}

/** Returns whether a response was unreadable: not JSON, or an error without a name of DynamoDB's. */
function isGarbled(error: Error): boolean {
  if (error instanceof SyntaxError || error.message === 'aborted') return true;
  const status = statusOf(error);
  return !Number.isNaN(status) && (status < 400 || !/(Exception|Error)$/.test(error.name) || error.name === 'Error');
}

/** NaN without a response. */
function statusOf(error: Error): number {
  const { $metadata, $response } = error as ServiceError;
  return $metadata?.httpStatusCode ?? $response?.statusCode ?? Number.NaN;
}

type ServiceError = Error & {
  code?: unknown;
  errors?: readonly unknown[];
  $metadata?: { httpStatusCode?: number };
  $response?: { statusCode?: number };
};
