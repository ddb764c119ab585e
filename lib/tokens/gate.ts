import { RefusedError } from '../errors';

const MAX_TOKENS = 1_000; // some 100 KB; a process serves one request at a time, so this is many callers

/**
 * Lets a read through for a live token only, and saves a round trip for a token that this process has let through before:
 * its verification and the read run side by side. Every request is verified; if that fails, the request fails, and the
 * read's result is dropped. For any other token the read starts after the verification.
 *
 * @returns once the token is verified: a function that returns the read, which may be under way
 */
export function createGate(): <Result>(
  tokenHash: string,
  verify: () => Promise<void>,
  read: () => Promise<Result>,
) => Promise<() => Promise<Result>> {
  const seen = new Set<string>(); // hashes, in the order of their last use
  return async (tokenHash, verify, read) => {
    const early = seen.delete(tokenHash) ? read() : undefined;
    early?.catch(() => {}); // reported to the caller of the returned function, or dropped
    try {
      await verify();
    } catch (error) {
      if (early && !(error instanceof RefusedError)) seen.add(tokenHash); // DynamoDB failed; the token may well be live
      throw error;
    }
    seen.add(tokenHash);
    for (const oldest of seen) {
      if (seen.size <= MAX_TOKENS) break;
      seen.delete(oldest);
    }
    return () => early ?? read();
  };
}
