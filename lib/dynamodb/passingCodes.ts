/** Codes of Node.js's errors that the next attempt may not meet. */
const PASSING = new Set(
  [
    'EADDRINUSE EADDRNOTAVAIL EAGAIN EBUSY EFILE EMFILE ENFILE ENOBUFS ENOMEM', // what the machine has run out of
    'EAI_AGAIN EAI_CANCELED EAI_FAIL EAI_MEMORY EAI_NODATA EAI_NONAME', // what the resolver says at the moment
    'EBADRESP EFORMERR ENODATA ENOTFOUND ENOTIMP EREFUSED ESERVFAIL ETIMEOUT',
    'EHOSTDOWN EHOSTUNREACH ENETDOWN ENETUNREACH ENONET UNKNOWN', // no way to DynamoDB, or no connection any more
    'ECANCELED ECANCELLED ECONNABORTED ECONNREFUSED ECONNRESET EINTR EIO ENOTCONN EOF EPIPE EPROTO ESHUTDOWN ETIMEDOUT',
    'ERR_HTTP_REQUEST_TIMEOUT ERR_SOCKET_CLOSED ERR_SOCKET_CLOSED_BEFORE_CONNECTION ERR_SOCKET_CONNECTION_TIMEOUT',
    'ERR_STREAM_DESTROYED ERR_STREAM_PREMATURE_CLOSE ERR_TLS_HANDSHAKE_TIMEOUT',
  ].flatMap((codes) => codes.split(' ')),
);

/**
 * Families of them: bytes that are not HTTP; an errno that libuv has no name for; and TLS that broke, but for what either
 * side says of the other's certificate, or finds that it cannot do at all.
 */
const PASSING_FAMILY =
  /^(HPE_|Unknown system error|ERR_SSL_(?!.*(CERT|_CA_|_CA$|KEY_TOO_SMALL|TOO_WEAK|ACCESS_DENIED|S_AVAILABLE)))/;

/**
 * Whether an error of Node.js's net, tls, dns or http may be gone at the next attempt. In doubt it may: to repeat a
 * request in vain costs a caller less than to give up on an API that is well. What remains is a bug or a wrong
 * deployment: an argument, a permission, a certificate. `passingCodes.test.ts` goes through Node.js's own lists.
 */
export const isPassingCode = (code: unknown): boolean =>
  typeof code === 'string' && (PASSING.has(code) || PASSING_FAMILY.test(code));
