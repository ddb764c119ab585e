import { UnavailableError } from './errors';

const MAX_MS = 15_000; // API Gateway times out after 29 or 30 s, callers much earlier
const RESERVE_MS = 500; // to send the 503

/** Returns the time limit for an answer, in milliseconds, from the Lambda context's remaining time. */
export function timeToAnswerMs(context: unknown): number {
  const lambda = (context ?? {}) as { getRemainingTimeInMillis?: unknown };
  const left = typeof lambda.getRemainingTimeInMillis === 'function' ? Number(lambda.getRemainingTimeInMillis()) : NaN;
  if (Number.isNaN(left)) return MAX_MS;
  return Math.max(0, Math.min(MAX_MS, left - Math.min(RESERVE_MS, left / 2)));
}

/**
 * Runs a task with a time limit. `deadline` aborts when the task ends or the time is over.
 *
 * @throws UnavailableError after `ms`
 */
export async function withinTime<Result>(ms: number, run: (deadline: AbortSignal) => Promise<Result>): Promise<Result> {
  const controller = new AbortController();
  process.getBuiltinModule('node:events').setMaxListeners(0, controller.signal); // one per call in progress
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new UnavailableError(`no answer within ${Math.round(ms)} ms`)), ms);
  });
  try {
    return await Promise.race([run(controller.signal), late]);
  } finally {
    clearTimeout(timer);
    controller.abort();
  }
}

/** Resolves to the result of `promise`, or to `late` after `ms`. */
export async function orLate<Result>(ms: number, promise: Promise<Result>, late: Result): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<Result>((resolve) => {
    timer = setTimeout(resolve, ms, late);
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
