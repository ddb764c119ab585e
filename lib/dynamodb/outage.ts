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
 * An error of a DynamoDB call as what it means: `UnavailableError` if it passes by itself (throttled, failing, cut off,
 * out of time, an answer that is not DynamoDB's), else the error itself (missing table, denied access, a bug).
 */
export function toOutage(error: unknown): unknown {
  return isPassing(error) ? new UnavailableError('DynamoDB did not answer', { cause: error }) : error;
}

/** Whether an error of a session says that more was asked for than DynamoDB grants at the moment. */
export const isThrottled = (error: unknown): boolean => error instanceof UnavailableError && isThrottling(error.cause);

/** Whether an error of a call says so. */
export const isThrottling = (error: unknown): boolean =>
  error instanceof Error && (THROTTLING.has(error.name) || statusOf(error) === 429);

/** Whether an error of a call is worth another attempt: it was throttled, DynamoDB failed, or no answer came. */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { name, code, errors = [] } = error as ServiceError;
  if (isThrottling(error) || statusOf(error) >= 500 || name === 'TimeoutError') return true;
  return isPassingCode(code) || errors.some(isTransient); // of several addresses, each of which has failed
}

function isPassing(error: unknown): boolean {
  return error instanceof Error && (isTransient(error) || error.name === 'AbortError' || isGarbled(error));
}

/** An answer that could not be read: no JSON, or an error without a name that DynamoDB uses. */
function isGarbled(error: Error): boolean {
  if (error instanceof SyntaxError || error.message === 'aborted') return true;
  const status = statusOf(error);
  return !Number.isNaN(status) && (status < 400 || !/(Exception|Error)$/.test(error.name) || error.name === 'Error');
}

/** NaN if there was no answer. */
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
