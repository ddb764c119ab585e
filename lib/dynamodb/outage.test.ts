import { UnavailableError } from '../errors';
import { isThrottled, isTransient, toOutage } from './outage';

const failure = (name: string, properties: object = {}) => Object.assign(new Error('x'), { name, ...properties });
const answered = (name: string, httpStatusCode: number, code?: string) =>
  failure(name, { $metadata: { httpStatusCode }, code });
const unreadable = (name: string, statusCode: number) => failure(name, { $metadata: {}, $response: { statusCode } });

describe('toOutage', () => {
  it.each<[string, Error]>([
    ['provisioned throughput', answered('ProvisionedThroughputExceededException', 400)],
    ['a throttled request', answered('ThrottlingException', 400)],
    ['too many requests, by the status only', answered('SomethingException', 429)],
    ['an internal error', answered('InternalServerError', 500)],
    ['an error of an unknown name and status 500', answered('Error', 500)],
    ['a gateway that answers instead', unreadable('SyntaxError', 502)],
    ['an unavailable service', answered('ServiceUnavailable', 503)],
    ['a gateway whose server does not answer', answered('Exception', 504)],
    ['a timeout of the SDK', failure('TimeoutError')],
    ['an abort at the deadline', failure('AbortError')],
    ['an answer that is not HTTP', failure('Error', { code: 'HPE_INVALID_CONSTANT' })],
    ['a truncated body', failure('Error', { message: 'aborted' })],
    ['a body that is not JSON', new SyntaxError('Unexpected token')],
    ['a body of the wrong shape', unreadable('TypeError', 200)],
    ['a redirect', answered('Unknown', 302)],
    ['a client error without a name', answered('Error', 400)],
    ['a client error whose name is not an exception', answered('418', 400)],
    ['a client error whose name only begins like an exception', answered('ExceptionPage', 400)],
  ])('converts to UnavailableError: %s', (_, error) => {
    const outage = toOutage(error);
    expect(outage).toBeInstanceOf(UnavailableError);
    expect(outage).toMatchObject({ message: 'DynamoDB did not answer', cause: error });
  });

  it.each(['ECONNRESET', 'EMFILE', 'ENOTFOUND', 'ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC'])(
    'converts a connection error %s to UnavailableError',
    (code) => {
      expect(toOutage(failure('Error', { code }))).toBeInstanceOf(UnavailableError);
    },
  );

  it.each([
    [['EAFNOSUPPORT', 'ETIMEDOUT'], true],
    [['EAFNOSUPPORT', 'EACCES'], false],
  ])('treats a host whose addresses fail with %j as transient: %j', (codes, isPassing) => {
    const errors = codes.map((code) => failure('Error', { code }));
    const error = failure('AggregateError', { code: codes[0], errors });
    expect(toOutage(error) instanceof UnavailableError).toBe(isPassing);
  });

  it.each<[string, unknown]>([
    ['a missing table', answered('ResourceNotFoundException', 400)],
    ['a missing permission', answered('AccessDeniedException', 400)],
    ['wrong credentials', answered('UnrecognizedClientException', 403)],
    ['a wrong signature', answered('InvalidSignatureException', 400)],
    ['another key schema', answered('ValidationException', 400)],
    ['a condition that does not hold', answered('ConditionalCheckFailedException', 400)],
    ['missing credentials', failure('CredentialsProviderError')],
    ['a certificate that has expired', failure('Error', { code: 'CERT_HAS_EXPIRED' })],
    ['a certificate that is not trusted', failure('Error', { code: 'SELF_SIGNED_CERT_IN_CHAIN' })],
    ['a bug', new TypeError('x is not a function')],
    ['a value that is not an Error', 'text'],
    ['nothing', undefined],
  ])('returns unchanged: %s', (_, error) => {
    expect(toOutage(error)).toBe(error);
  });
});

describe('isTransient', () => {
  it.each<[string, Error]>([
    ['throttling', answered('ThrottlingException', 400)],
    ['too many requests', answered('SomethingException', 429)],
    ['a failure of DynamoDB', answered('InternalServerError', 500)],
    ['a gateway that answers instead', unreadable('SyntaxError', 502)],
    ['no answer in time', failure('TimeoutError')],
    ['a broken connection', failure('Error', { code: 'ECONNRESET' })],
    ['a broken connection within an answer', answered('Error', 200, 'ECONNRESET')],
    ['an answer that is not HTTP', failure('Error', { code: 'HPE_INVALID_CONSTANT' })],
  ])('is true for %s', (_, error) => expect(isTransient(error)).toBe(true));

  it.each<[string, unknown]>([
    ['an abort at the deadline', failure('AbortError')],
    ['an answer that is not JSON', new SyntaxError('Unexpected token')],
    ['an error without a name', answered('Error', 400)],
    ['a status below those of failures', answered('Error', 499)],
    ['denied access', answered('AccessDeniedException', 400)],
    ['a certificate that has expired', failure('Error', { code: 'CERT_HAS_EXPIRED' })],
    ['a value that is not an Error', { code: 'ECONNRESET' }],
  ])('is false for %s', (_, error) => expect(isTransient(error)).toBe(false));
});

describe('isThrottled', () => {
  it.each([
    'LimitExceededException',
    'ProvisionedThroughputExceededException',
    'RequestLimitExceeded',
    'ThrottlingException',
    'ThrottledException',
    'TooManyRequestsException',
    'TransactionInProgressException',
  ])('is true for %s, even wrapped', (name) => {
    const outage = toOutage(answered(name, 400));
    expect(outage).toBeInstanceOf(UnavailableError);
    expect(isThrottled(outage)).toBe(true);
  });

  it('is true for status 429', () => {
    expect(isThrottled(toOutage(answered('SomethingException', 429)))).toBe(true);
  });

  it.each([answered('InternalServerError', 500), failure('TimeoutError')])('is false for %s', (error) => {
    expect(isThrottled(toOutage(error))).toBe(false);
  });

  it.each([new UnavailableError('x'), new Error('ThrottlingException'), undefined])(
    'is false for other values: %s',
    (error) => {
      expect(isThrottled(error)).toBe(false);
    },
  );
});
