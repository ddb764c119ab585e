import type { Sender } from '../dynamodb/session';
import type { Log } from '../log';
import { issueToken, revokeToken } from '../tokens/issue';
import { createToken } from '../tokens/token';
import { hashToken } from '../tokens/verify';
import { runChecks } from './checks';
import type { Invoke } from './invoke';
import { overInvocation } from './overInvocation';

/** The functions to check, each at a version or an alias, and the table that a token for the check is written to. */
export type Deployed = {
  readonly list: Invoke;
  readonly maintain: Invoke;
  readonly tokens: { readonly sender: Sender; readonly table: string };
  /** Names the token in the operator's list. */
  readonly label: string;
  /** The time, in epoch seconds. */
  readonly now: () => number;
  readonly log: Log;
};

const TOKEN_SECONDS = 15 * 60; // so that the token expires even if its revocation fails

/** Checks whether the functions fulfil the contract, and logs each promise with the differences. */
export async function keepsContract({ list, maintain, tokens, label, now, log }: Deployed): Promise<boolean> {
  const { sender, table } = tokens;
  const token = createToken();
  const createdAt = Math.floor(now());
  await issueToken(sender, table, token, { label, createdAt, expiresAt: createdAt + TOKEN_SECONDS });
  let kept = true;
  const note = (promise: string, differences: readonly string[]) => {
    if (differences.length === 0) log.info('kept', { promise });
    else log.error('not kept', { promise, differences });
    kept &&= differences.length === 0;
  };
  try {
    for await (const { promise, differences } of runChecks({ call: overInvocation(list), token })) {
      note(promise, differences);
    }
  } finally {
    await revokeToken(sender, table, hashToken(token), now());
  }
  note('stream batches are accepted', await differencesOfMaintenance(maintain));
  return kept;
}

/** An empty batch changes nothing, and is answered only by a function that starts and understands batches. */
async function differencesOfMaintenance(maintain: Invoke): Promise<string[]> {
  const expected = JSON.stringify({ batchItemFailures: [] });
  try {
    const answer = JSON.stringify(await maintain({ Records: [] }));
    return answer === expected ? [] : [`the answer is ${answer}, not ${expected}`];
  } catch (error) {
    return [`no answer: ${(error as Error).message}`];
  }
}
