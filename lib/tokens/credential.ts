import { type RefusalNote, RefusedError } from '../errors';
import { isMistyped } from './token';

/**
 * The headers that may carry a token, in the order in which they are tried. `Vary` and the API's description follow from
 * this list.
 */
export const TOKEN_HEADERS = ['Authorization', 'Authentication', 'X-Api-Key'] as const;

// 1 to 512 visible ASCII characters without comma and quote: any HTTP header carries them unharmed.
const TOKEN = '([!#-+\\--~]{1,512})';
const SCHEME = /^[ \t]*token(?:[ \t]|$)/i;
const WITH_SCHEME = new RegExp(`^[ \\t]*token +${TOKEN}[ \\t]*$`, 'i');
const WITH_OR_WITHOUT_SCHEME = new RegExp(`^[ \\t]*(?:token +)?${TOKEN}[ \\t]*$`, 'i');

/**
 * Returns the one token that decides about a request: the first of `Authorization: Token …`, `Authentication: Token …`
 * and `x-api-key: …`. A header of another scheme counts as absent: something in front of the API may use it.
 *
 * @param headers by lower-case name
 * @throws RefusedError invalid-token, for any defect
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

/** One answer for every reason, so that a stranger cannot probe which tokens exist or existed; the log has the reason. */
export const invalidToken = (note: RefusalNote): RefusedError =>
  new RefusedError('invalid-token', 'Pass a valid token in the header "Authorization: Token <token>"', {}, note);
