import { isNativeError } from 'node:util/types';

/** Makes Node.js's errors instances of jest's `Error`: outside jest both are the same. */
export function acceptNativeErrors(): void {
  Object.defineProperty(Error, Symbol.hasInstance, {
    value(this: unknown, error: unknown) {
      return this === Error ? isNativeError(error) : Function.prototype[Symbol.hasInstance].call(this, error);
    },
  });
}
