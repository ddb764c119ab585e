import { isNativeError } from 'node:util/types';

/** Makes Node.js's errors instances of jest's own `Error`, as outside jest, where there is only one. */
export function acceptNativeErrors(): void {
  Object.defineProperty(Error, Symbol.hasInstance, {
    value(this: unknown, error: unknown) {
      return this === Error ? isNativeError(error) : Function.prototype[Symbol.hasInstance].call(this, error);
    },
  });
}
