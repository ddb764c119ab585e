import { UnavailableError } from '../errors';

const THROTTLED = new Set([
  'LimitExceededException',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ThrottlingException',
  'ThrottledException',
  'TooManyRequestsException',
  'TransactionInProgressException',
]);

const CUT_OFF = new Set([
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'EPROTO',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ETIMEDOUT',
]);

/**
 * An error of a DynamoDB call as what it means: `UnavailableError` if it passes by itself (throttled, failing, cut off,
 * out of time, an answer that is not DynamoDB's), else the error itself (missing table, denied access, a bug).
 */
export function toOutage(error: unknown): unknown {
  return isPassing(error) ? new UnavailableError('DynamoDB did not answer', { cause: error }) : error;
}

/** Whether an error of a session says that more was asked for than DynamoDB grants at the moment. */
export const isThrottled = (error: unknown): boolean =>
  error instanceof UnavailableError && error.cause instanceof Error && THROTTLED.has(error.cause.name);

function isPassing(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { name, code, $metadata, $response } = error as ServiceError;
  const status = $metadata?.httpStatusCode ?? $response?.statusCode ?? Number.NaN; // NaN: there was no answer
  if (THROTTLED.has(name) || status === 429 || status >= 500) return true;
  if (name === 'TimeoutError' || name === 'AbortError') return true;
  if (typeof code === 'string' && (CUT_OFF.has(code) || code.startsWith('HPE_'))) return true; // HPE_: not HTTP
  return isGarbled(error, status);
}

/** An answer that could not be read: no JSON, or an error without a name that DynamoDB uses. */
function isGarbled(error: Error, status: number): boolean {
  if (error instanceof SyntaxError || error.message === 'aborted') return true;
  return !Number.isNaN(status) && (status < 400 || !/(Exception|Error)$/.test(error.name) || error.name === 'Error');
}

type ServiceError = Error & {
  code?: unknown;
  $metadata?: { httpStatusCode?: number };
  $response?: { statusCode?: number };
};
