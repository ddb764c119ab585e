import { isNativeError } from 'node:util/types';

/** Makes Node.js's errors instances of `Error` in a test: jest has an `Error` of its own. Elsewhere there is but one. */
export function acceptNativeErrors(): void {
  Object.defineProperty(Error, Symbol.hasInstance, {
    value(this: unknown, error: unknown) {
      return this === Error ? isNativeError(error) : Function.prototype[Symbol.hasInstance].call(this, error);
    },
  });
}
