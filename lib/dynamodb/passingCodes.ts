/** Transient error codes of Node.js. */
const PASSING = new Set(
  [
    'EADDRINUSE EADDRNOTAVAIL EAGAIN EBUSY EFILE EMFILE ENFILE ENOBUFS ENOMEM', // exhausted local resources
    'EAI_AGAIN EAI_CANCELED EAI_FAIL EAI_MEMORY EAI_NODATA EAI_NONAME', // resolver failures
    'EBADRESP EFORMERR ENODATA ENOTFOUND ENOTIMP EREFUSED ESERVFAIL ETIMEOUT',
    'EHOSTDOWN EHOSTUNREACH ENETDOWN ENETUNREACH ENONET UNKNOWN', // network and connection failures
    'ECANCELED ECANCELLED ECONNABORTED ECONNREFUSED ECONNRESET EINTR EIO ENOTCONN EOF EPIPE EPROTO ESHUTDOWN ETIMEDOUT',
    'ERR_HTTP_REQUEST_TIMEOUT ERR_SOCKET_CLOSED ERR_SOCKET_CLOSED_BEFORE_CONNECTION ERR_SOCKET_CONNECTION_TIMEOUT',
    'ERR_STREAM_DESTROYED ERR_STREAM_PREMATURE_CLOSE ERR_TLS_HANDSHAKE_TIMEOUT',
  ].flatMap((codes) => codes.split(' ')),
);

/**
 * Transient families: bytes that are not HTTP, an errno without a libuv name, and broken TLS, except errors about
 * certificates and unsupported features.
 */
const PASSING_FAMILY =
  /^(HPE_|Unknown system error|ERR_SSL_(?!.*(CERT|_CA_|_CA$|KEY_TOO_SMALL|TOO_WEAK|ACCESS_DENIED|S_AVAILABLE)))/;

/**
 * Returns whether an error code of Node.js's net, tls, dns or http is transient. In doubt it is: a needless retry costs a
 * caller less than giving up on a healthy API. Permanent errors are bugs or wrong deployments: an argument, a
 * permission, a certificate. `passingCodes.test.ts` checks Node.js's own lists.
 */
export const isPassingCode = (code: unknown): boolean =>
  typeof code === 'string' && (PASSING.has(code) || PASSING_FAMILY.test(code));
