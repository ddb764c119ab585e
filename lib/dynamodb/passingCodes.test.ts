/**
 * Decides for every error code of Node.js's net, tls, dns and http (from Node.js's own lists) whether it is transient. A
 * new version's code fails here until it is decided.
 */
import { spawnSync } from 'node:child_process';
import dns from 'node:dns';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { getSystemErrorMap, getSystemErrorName } from 'node:util';
import { isPassingCode } from './passingCodes';

type Decision = { readonly passing: string; readonly lasting: string };

/** `util.getSystemErrorMap()`: libuv's codes of all system calls. */
const SYSTEM: Decision = {
  passing: `
    EADDRINUSE EADDRNOTAVAIL EAGAIN EBUSY EMFILE ENFILE ENOBUFS ENOMEM
    EAI_AGAIN EAI_CANCELED EAI_FAIL EAI_MEMORY EAI_NODATA EAI_NONAME ENODATA
    EHOSTDOWN EHOSTUNREACH ENETDOWN ENETUNREACH ENONET
    ECANCELED ECONNABORTED ECONNREFUSED ECONNRESET EINTR EIO ENOTCONN EOF EPIPE EPROTO ESHUTDOWN ETIMEDOUT UNKNOWN`,
  lasting: `
    E2BIG EACCES EAFNOSUPPORT EALREADY EBADF ECHARSET EDESTADDRREQ EFAULT EILSEQ EINVAL EISCONN EMSGSIZE ENOPROTOOPT
    ENOSYS ENOTSOCK ENOTSUP EOVERFLOW EPERM EPROTONOSUPPORT EPROTOTYPE ERANGE ESOCKTNOSUPPORT EUNATCH
    EAI_ADDRFAMILY EAI_BADFLAGS EAI_BADHINTS EAI_FAMILY EAI_OVERFLOW EAI_PROTOCOL EAI_SERVICE EAI_SOCKTYPE
    EEXIST EFBIG EFTYPE EISDIR ELOOP EMLINK ENAMETOOLONG ENODEV ENOENT ENOEXEC ENOSPC ENOTDIR ENOTEMPTY ENOTTY ENXIO EREMOTEIO
    EROFS ESPIPE ESRCH ETXTBSY EXDEV`,
};

/** `dns.NOTFOUND` and the like. */
const RESOLVER: Decision = {
  passing: `
    EBADRESP ECANCELLED ECONNREFUSED EFILE EFORMERR ENODATA ENOMEM ENOTFOUND ENOTIMP EOF EREFUSED ESERVFAIL ETIMEOUT`,
  lasting: `
    EADDRGETNETWORKPARAMS EBADFAMILY EBADFLAGS EBADHINTS EBADNAME EBADQUERY EBADSTR EDESTRUCTION ELOADIPHLPAPI
    ENONAME ENOTINITIALIZED`,
};

/** The codes in doc/api/errors.md that the four modules and their streams throw, in Node.js 20 to 26. */
const NODE: Decision = {
  passing: `
    ERR_HTTP_REQUEST_TIMEOUT ERR_SOCKET_CLOSED ERR_SOCKET_CLOSED_BEFORE_CONNECTION ERR_SOCKET_CONNECTION_TIMEOUT
    ERR_STREAM_DESTROYED ERR_STREAM_PREMATURE_CLOSE ERR_TLS_HANDSHAKE_TIMEOUT`,
  lasting: `
    ERR_DNS_SET_SERVERS_FAILED
    ERR_HTTP_BODY_NOT_ALLOWED ERR_HTTP_CONTENT_LENGTH_MISMATCH ERR_HTTP_HEADERS_SENT ERR_HTTP_INVALID_HEADER_VALUE
    ERR_HTTP_INVALID_STATUS_CODE ERR_HTTP_SOCKET_ASSIGNED ERR_HTTP_SOCKET_ENCODING ERR_HTTP_TRAILER_INVALID
    ERR_PROXY_INVALID_CONFIG ERR_PROXY_TUNNEL
    ERR_SOCKET_ALREADY_BOUND ERR_SOCKET_BAD_BUFFER_SIZE ERR_SOCKET_BAD_PORT ERR_SOCKET_BAD_TYPE ERR_SOCKET_BUFFER_SIZE
    ERR_SOCKET_DGRAM_IS_CONNECTED ERR_SOCKET_DGRAM_NOT_CONNECTED ERR_SOCKET_DGRAM_NOT_RUNNING ERR_SOCKET_HANDLE_ADOPTED
    ERR_STREAM_ALREADY_FINISHED ERR_STREAM_CANNOT_PIPE ERR_STREAM_ITER_MISSING_FLAG ERR_STREAM_NULL_VALUES
    ERR_STREAM_PUSH_AFTER_EOF ERR_STREAM_UNABLE_TO_PIPE ERR_STREAM_UNSHIFT_AFTER_END_EVENT ERR_STREAM_WRAP
    ERR_STREAM_WRITE_AFTER_END
    ERR_TLS_ALPN_CALLBACK_INVALID_RESULT ERR_TLS_ALPN_CALLBACK_WITH_PROTOCOLS ERR_TLS_CERT_ALTNAME_FORMAT
    ERR_TLS_CERT_ALTNAME_INVALID ERR_TLS_DH_PARAM_SIZE ERR_TLS_INVALID_CONTEXT ERR_TLS_INVALID_PROTOCOL_METHOD
    ERR_TLS_INVALID_PROTOCOL_VERSION ERR_TLS_INVALID_STATE ERR_TLS_PROTOCOL_VERSION_CONFLICT
    ERR_TLS_PSK_SET_IDENTITY_HINT_FAILED ERR_TLS_RENEGOTIATION_DISABLED
    ERR_TLS_RENEGOTIATION_UNSUPPORTED ERR_TLS_REQUIRED_SERVER_NAME ERR_TLS_SESSION_ATTACK ERR_TLS_SNI_FROM_SERVER`,
};

/** OpenSSL's reasons (`sslerr.h`, prefix `ERR_SSL_`) for certificate and key errors, and for unsupported features. */
const LASTING_TLS = `
  BAD_CERTIFICATE BAD_ECC_CERT CA_KEY_TOO_SMALL CA_MD_TOO_WEAK CERTIFICATE_VERIFY_FAILED CERT_CB_ERROR CERT_LENGTH_MISMATCH
  DANE_TLSA_BAD_CERTIFICATE DANE_TLSA_BAD_CERTIFICATE_USAGE DH_KEY_TOO_SMALL ECC_CERT_NOT_FOR_SIGNING EE_KEY_TOO_SMALL
  INVALID_CERTIFICATE_OR_ALG MISSING_DSA_SIGNING_CERT MISSING_ECDSA_SIGNING_CERT MISSING_RSA_CERTIFICATE
  MISSING_RSA_ENCRYPTING_CERT MISSING_RSA_SIGNING_CERT MISSING_SIGNING_CERT NOT_REPLACING_CERTIFICATE
  NO_CERTIFICATES_RETURNED NO_CERTIFICATE_ASSIGNED NO_CERTIFICATE_SET NO_CIPHERS_AVAILABLE NO_CLIENT_CERT_METHOD
  NO_GOST_CERTIFICATE_SENT_BY_PEER NO_PROTOCOLS_AVAILABLE PEER_DID_NOT_RETURN_A_CERTIFICATE
  SIGNATURE_FOR_NON_SIGNING_CERTIFICATE SSLV3_ALERT_BAD_CERTIFICATE SSLV3_ALERT_CERTIFICATE_EXPIRED
  SSLV3_ALERT_CERTIFICATE_REVOKED SSLV3_ALERT_CERTIFICATE_UNKNOWN SSLV3_ALERT_NO_CERTIFICATE
  SSLV3_ALERT_UNSUPPORTED_CERTIFICATE TLSV13_ALERT_CERTIFICATE_REQUIRED TLSV1_ALERT_ACCESS_DENIED
  TLSV1_ALERT_UNKNOWN_CA TLSV1_BAD_CERTIFICATE_HASH_VALUE TLSV1_BAD_CERTIFICATE_STATUS_RESPONSE
  TLSV1_CERTIFICATE_UNOBTAINABLE UNKNOWN_CERTIFICATE_TYPE WRONG_CERTIFICATE_TYPE`;

const words = (text: string): string[] => text.split(/\s+/).filter(Boolean);

/** Codes that only Node.js itself can list. */
function knownInside(): string[] {
  const script = "Object.keys(require('internal/errors').codes).join(' ')";
  const { stdout } = spawnSync(process.execPath, ['--expose-internals', '-p', script], { encoding: 'utf8' });
  return words(stdout);
}

const MODULES = /^ERR_(DNS|HTTP|NET|PROXY|SOCKET|SSL|STREAM|TLS)_/;
const inside = knownInside();

describe.each<[string, Decision, readonly unknown[]]>([
  ['util.getSystemErrorMap()', SYSTEM, [...getSystemErrorMap().values()].map(([code]) => code)],
  ['dns', RESOLVER, Object.values(dns).filter((code) => /^E[A-Z]+$/.test(String(code)))],
  ['internal/errors', NODE, inside.filter((code) => MODULES.test(code))],
])('the codes in %s', (_, { passing, lasting }, codes) => {
  it('are all decided', () => {
    const decided = words(passing + lasting);
    expect(codes.length).toBeGreaterThan(20);
    expect(codes.filter((code) => !decided.includes(String(code)))).toEqual([]);
    expect(decided).toHaveLength(new Set(decided).size);
  });

  it.each(words(passing))('%s is transient', (code) => expect(isPassingCode(code)).toBe(true));
  it.each(words(lasting))('%s is permanent', (code) => expect(isPassingCode(code)).toBe(false));
});

it('treats codes of other modules as permanent', () => {
  const others = inside.filter((code) => !MODULES.test(code));
  expect(others.length).toBeGreaterThan(200);
  expect(others.filter(isPassingCode)).toEqual([]);
});

it('treats an errno without a libuv name as transient', () => {
  const { ENETRESET } = constants.errno as Record<string, number>;
  expect(isPassingCode(getSystemErrorName(-Number(ENETRESET ?? 102)))).toBe(true);
});

it('treats every HTTP parser code as transient', () => {
  const codes = [...new Set(readFileSync(process.execPath, 'latin1').match(/HPE_[A-Z_]{3,}/g))];
  expect(codes).toEqual(expect.arrayContaining(['HPE_INVALID_CONSTANT', 'HPE_HEADER_OVERFLOW']));
  expect(codes.filter((code) => !isPassingCode(code))).toEqual([]);
});

/** OpenSSL's headers, which come with Node.js's own distributions. */
const headers = join(process.execPath, '../../include/node/openssl');
const areThere = existsSync(headers) || Boolean(process.env.REQUIRE_ALL_SUITES);
if (!areThere) console.warn(`skipped, because Node.js came without ${headers}: the codes of OpenSSL`);

(areThere ? describe : describe.skip)('the codes in OpenSSL’s headers', () => {
  it('are permanent for certificates, and transient for other TLS failures', () => {
    const reasons = defined('sslerr.h', 'SSL_R');
    expect(reasons).toContain('DECRYPTION_FAILED_OR_BAD_RECORD_MAC');
    const lasting = words(LASTING_TLS); // of every version of OpenSSL
    expect(reasons.filter((reason) => isPassingCode(`ERR_SSL_${reason}`) === lasting.includes(reason))).toEqual([]);
    expect(lasting.filter((reason) => isPassingCode(`ERR_SSL_${reason}`))).toEqual([]);
  });

  it('are permanent for every reason why a certificate is not trusted', () => {
    const [platform] = readdirSync(join(headers, 'archs'));
    const reasons = defined(`archs/${platform}/no-asm/include/openssl/x509_vfy.h`, 'X509_V_ERR');
    expect(reasons).toContain('CERT_HAS_EXPIRED');
    expect(reasons.filter(isPassingCode)).toEqual([]);
  });
});

function defined(header: string, prefix: string): string[] {
  const text = readFileSync(join(headers, header), 'utf8');
  return [...text.matchAll(new RegExp(`^# *define +${prefix}_(\\w+)`, 'gm'))].map(([, name = '']) => name);
}

it.each([undefined, null, 7, ['ECONNRESET']])('treats a code that is not a string as permanent: %j', (code) => {
  expect(isPassingCode(code)).toBe(false);
});
