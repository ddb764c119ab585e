/** What answering one request came to: filled on the way, told in its log line, its metrics and `Server-Timing`. */
export type Trace = {
  calls: number;
  readUnits: number;
  items: number;
  damagedRecords: number;
  indexFallbacks: number;
  tokenId: string | undefined;
  /** Milliseconds by name of the step. */
  readonly timings: Map<string, number>;
};

export const createTrace = (): Trace => ({
  calls: 0,
  readUnits: 0,
  items: 0,
  damagedRecords: 0,
  indexFallbacks: 0,
  tokenId: undefined,
  timings: new Map(),
});

/** Runs a step and keeps how long it took, however it ended. */
export async function timed<Result>(trace: Trace, step: string, run: () => Promise<Result>): Promise<Result> {
  const start = nowMs();
  try {
    return await run();
  } finally {
    trace.timings.set(step, nowMs() - start);
  }
}

/** Milliseconds on a clock that is never set back. Not `performance`, whose module takes 3 ms to load at the first use. */
export const nowMs = (): number => Number(process.hrtime.bigint()) / 1e6;
