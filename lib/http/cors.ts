import { METHODS } from '../listApi/route';

type Headers = Readonly<Record<string, string>>;

const EXPOSED = 'ETag, Link, Retry-After, Server-Timing, WWW-Authenticate, X-Request-Id, X-Total-Count';
const REQUEST_HEADERS = 'Authorization, Authentication, X-Api-Key, If-None-Match';

/** The CORS headers of any answer, for an allowed origin; `Vary` belongs to the answer even where none is allowed. */
export function corsHeaders(origin: string | undefined, allowed: readonly string[]): Headers {
  if (!isAllowed(origin, allowed)) return {};
  return { 'access-control-allow-origin': origin, 'access-control-expose-headers': EXPOSED };
}

/** What a preflight asks for on top. */
export function preflightHeaders(origin: string | undefined, allowed: readonly string[]): Headers {
  if (!isAllowed(origin, allowed)) return {};
  return {
    'access-control-allow-methods': METHODS.join(', '),
    'access-control-allow-headers': REQUEST_HEADERS,
    'access-control-max-age': '7200', // Chromium's own upper limit
  };
}

function isAllowed(origin: string | undefined, allowed: readonly string[]): origin is string {
  return origin !== undefined && (allowed.includes(origin) || (allowed.includes('*') && /^[!-~]{1,255}$/.test(origin)));
}
