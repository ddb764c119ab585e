import { type RefusalNote, RefusedError } from '../errors';
import { isMistyped } from './token';

/**
 * The headers that may carry a token, in order of precedence. `Vary` derives from this list; a test compares
 * openapi.yaml with it.
 */
export const TOKEN_HEADERS = ['Authorization', 'Authentication', 'X-Api-Key'] as const;

// 1 to 512 visible ASCII characters without comma and quote, which any HTTP header carries unchanged.
const TOKEN = '([!#-+\\--~]{1,512})';
const SCHEME = /^[ \t]*token(?:[ \t]|$)/i;
const WITH_SCHEME = new RegExp(`^[ \\t]*token +${TOKEN}[ \\t]*$`, 'i');
const WITH_OR_WITHOUT_SCHEME = new RegExp(`^[ \\t]*(?:token +)?${TOKEN}[ \\t]*$`, 'i');

/**
 * Returns the token of a request: the first of `Authorization: Token …`, `Authentication: Token …` and `x-api-key: …`.
 * A header with another scheme counts as absent, since a proxy may use it.
 *
 * @param headers by lower-case name
 * @throws RefusedError invalid-token if it is missing or malformed
 */
export function parseCredential(headers: ReadonlyMap<string, string>): string {
  for (const name of TOKEN_HEADERS) {
    const value = headers.get(name.toLowerCase());
    if (value === undefined) continue;
    if (name === 'X-Api-Key') return tokenIn(value, WITH_OR_WITHOUT_SCHEME);
    if (SCHEME.test(value)) return tokenIn(value, WITH_SCHEME);
  }
  throw invalidToken({ reason: 'missing' });
}

function tokenIn(value: string, form: RegExp): string {
  const token = form.exec(value)?.[1];
  if (token === undefined) throw invalidToken({ reason: 'malformed' });
  if (isMistyped(token)) throw invalidToken({ reason: 'mistyped' });
  return token;
}

/** Returns the same refusal for every reason, so that callers cannot probe which tokens exist; the log has the reason. */
export const invalidToken = (note: RefusalNote): RefusedError =>
  new RefusedError('invalid-token', 'Pass a valid token in the header "Authorization: Token <token>"', {}, note);
