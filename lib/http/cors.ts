type Headers = Readonly<Record<string, string>>;

const EXPOSED = 'ETag, Link, Retry-After, Server-Timing, WWW-Authenticate, X-Request-Id, X-Total-Count';

/** Returns the CORS headers of any response to an allowed origin; {} for other origins. */
export function corsHeaders(origin: string | undefined, allowed: readonly string[]): Headers {
  if (!isAllowed(origin, allowed)) return {};
  return { 'access-control-allow-origin': origin, 'access-control-expose-headers': EXPOSED };
}

/**
 * Returns the additional headers of a preflight response. Allows every header that the browser requests, since tracing
 * and client libraries add their own; this API ignores them.
 *
 * @param requested the value of `Access-Control-Request-Headers`
 */
export function preflightHeaders(
  { origin, requested = '' }: { readonly origin: string | undefined; readonly requested: string | undefined },
  allowed: readonly string[],
  methods: readonly string[],
): Headers {
  if (!isAllowed(origin, allowed)) return {};
  const names = requested.split(',').flatMap((name) => (HEADER_NAME.test(name) ? name.trim() : []));
  return {
    'access-control-allow-methods': methods.join(', '),
    'access-control-allow-headers': names.join(', '),
    'access-control-max-age': '7200', // Chromium's own upper limit
  };
}

const HEADER_NAME = /^\s*[\w!#$%&'*+.^`|~-]+\s*$/; // RFC 9110 §5.6.2: a token

function isAllowed(origin: string | undefined, allowed: readonly string[]): origin is string {
  return origin !== undefined && (allowed.includes(origin) || (allowed.includes('*') && /^[!-~]{1,255}$/.test(origin)));
}
