import { RefusedError } from '../errors';
import { isMistyped } from './token';

// 1 to 512 visible ASCII characters without comma and quote: what any HTTP header can carry unharmed.
const TOKEN = '([!#-+\\--~]{1,512})';
const SCHEME = /^[ \t]*token(?:[ \t]|$)/i;
const WITH_SCHEME = new RegExp(`^[ \\t]*token +${TOKEN}[ \\t]*$`, 'i');
const WITH_OR_WITHOUT_SCHEME = new RegExp(`^[ \\t]*(?:token +)?${TOKEN}[ \\t]*$`, 'i');

/**
 * The one token that a request is judged by: of `Authorization: Token …`, `Authentication: Token …` and `x-api-key: …`
 * the first that is there. A header of another scheme counts as absent: something else in front of the API may use it.
 *
 * @param headers by lower-case name
 * @throws RefusedError invalid-token, whatever is wrong
 */
export function parseCredential(headers: ReadonlyMap<string, string>): string {
  for (const name of ['authorization', 'authentication']) {
    // Stryker disable next-line StringLiteral: whatever is of another scheme counts as absent
    const value = headers.get(name) ?? '';
    if (SCHEME.test(value)) return tokenIn(value, WITH_SCHEME);
  }
  // Stryker disable next-line StringLiteral: whatever is no token is refused alike
  return tokenIn(headers.get('x-api-key') ?? '', WITH_OR_WITHOUT_SCHEME);
}

function tokenIn(value: string, form: RegExp): string {
  const token = form.exec(value)?.[1];
  if (token === undefined || isMistyped(token)) throw invalidToken();
  return token;
}

/** One text for every reason: a stranger learns nothing of which tokens exist, or did. */
export const invalidToken = (): RefusedError =>
  new RefusedError('invalid-token', 'Pass a valid token in the header "Authorization: Token <token>"');
