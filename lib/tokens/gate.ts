import { RefusedError } from '../errors';

const MAX_TOKENS = 1_000; // some 100 KB

/**
 * Guards a read by the verification of a token. For a token that has passed before in this process, both run in
 * parallel, which saves a round trip; for any other, the read starts after the verification. If the verification fails,
 * rejects and drops the read's result.
 *
 * @returns once the token is verified: a function that returns the read, possibly in progress
 */
export function createGate(): <Result>(
  tokenHash: string,
  verify: () => Promise<void>,
  read: () => Promise<Result>,
) => Promise<() => Promise<Result>> {
  const seen = new Set<string>(); // hashes, in the order of their last use
  return async (tokenHash, verify, read) => {
    const early = seen.delete(tokenHash) ? read() : undefined;
    early?.catch(() => {}); // the returned function reports it, or it is dropped
    try {
      await verify();
    } catch (error) {
      if (early && !(error instanceof RefusedError)) seen.add(tokenHash); // DynamoDB failed; the token may be live
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
