import { RefusedError } from '../errors';

export const METHODS = ['GET', 'HEAD', 'OPTIONS'] as const;
type Method = (typeof METHODS)[number];

export const PATH = '/backend/lambda-instances';

/** Returns this API's path if `path` leads to it, after any leading segments (stages, base paths). */
export const routeOf = (path: string): typeof PATH | undefined =>
  (path.endsWith('/') ? path.slice(0, -1) : path).endsWith(PATH) ? PATH : undefined;

/**
 * Returns the method of a request to this API's only path, with or without a trailing slash.
 *
 * @throws RefusedError not-found, method-not-allowed
 */
export function parseRoute({ method, path }: { method: string; path: string }): Method {
  if (!routeOf(path)) throw new RefusedError('not-found', `This API answers at ${PATH} only`);
  const known = METHODS.find((name) => name === method);
  if (!known) throw new RefusedError('method-not-allowed', `Use one of ${METHODS.join(', ')}`);
  return known;
}
