import { RefusedError } from '../errors';

const MAX_TOKENS = 1_000; // some 100 KB; a process serves one request at a time, so this is many callers

/**
 * Lets a read through for a live token only, and saves a round trip for one that this process has let through before:
 * then check and read run side by side. The check is made every time all the same; if it fails, so does the request,
 * whatever the read came to. A token never seen, or refused since, costs the check and nothing more.
 */
export function createGate(): <Result>(
  tokenHash: string,
  check: () => Promise<void>,
  read: () => Promise<Result>,
) => Promise<Result> {
  const seen = new Set<string>(); // hashes, in the order of their last use
  return async (tokenHash, check, read) => {
    const early = seen.delete(tokenHash) ? read() : undefined;
    early?.catch(() => {}); // its failure is told where it is awaited, or does not matter
    try {
      await check();
    } catch (error) {
      if (early && !(error instanceof RefusedError)) seen.add(tokenHash); // not refused: DynamoDB did not answer
      throw error;
    }
    seen.add(tokenHash);
    for (const oldest of seen) {
      if (seen.size <= MAX_TOKENS) break;
      seen.delete(oldest);
    }
    return early ?? read();
  };
}
