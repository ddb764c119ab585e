import type { Config } from '../config';
import { canBeCompressed } from './coding';
import { corsHeaders } from './cors';
import type { Request } from './request';

/** The configuration that affects every response. */
export type HttpConfig = Pick<Config, 'publicBaseUrl' | 'corsOrigins' | 'compressRestResponses'>;

/**
 * Returns the headers that every response carries, problems included.
 *
 * @param credentialHeaders the request headers that identify the caller
 */
export function commonHeaders(
  config: HttpConfig,
  credentialHeaders: readonly string[],
  request: Request | undefined,
  requestId: string,
): Readonly<Record<string, string>> {
  const vary = [...credentialHeaders];
  if (request && canBeCompressed(request.source, config.compressRestResponses)) vary.push('Accept-Encoding');
  if (config.corsOrigins.length > 0) {
    vary.push('Origin');
    if (request?.method === 'OPTIONS') vary.push('Access-Control-Request-Headers'); // a preflight reflects them
  }
  return {
    'x-request-id': requestId,
    'x-content-type-options': 'nosniff',
    'strict-transport-security': 'max-age=63072000', // two years; no includeSubDomains: other hosts may differ
    vary: vary.join(', '),
    ...corsHeaders(request?.headers.get('origin'), config.corsOrigins),
  };
}
