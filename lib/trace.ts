/** The cost and outcome of one request, for its log line, its metrics and `Server-Timing`. Each field has one writer. */
export type Trace = {
  /** Calls to DynamoDB and the read units consumed; written by lib/dynamodb/session.ts. */
  calls: number;
  readUnits: number;
  /** Instances read, damaged records, index failures; written by lib/instances/notes.ts. */
  items: number;
  damagedRecords: number;
  indexFallbacks: number;
  /** Written by the handler once the token is verified. */
  tokenId: string | undefined;
  /** The parsed parameters: written by the handler. */
  asked: Readonly<Record<string, number | string | undefined>>;
  /** Milliseconds by step; written by `timed` and `timedBatches`. */
  readonly timings: Map<string, number>;
};

export const createTrace = (): Trace => ({
  calls: 0,
  readUnits: 0,
  items: 0,
  damagedRecords: 0,
  indexFallbacks: 0,
  tokenId: undefined,
  asked: {},
  timings: new Map(),
});

/** Runs a step and records its duration, even if it fails. */
export async function timed<Result>(trace: Trace, step: string, run: () => Promise<Result>): Promise<Result> {
  const start = nowMs();
  try {
    return await run();
  } finally {
    trace.timings.set(step, nowMs() - start);
  }
}

/** Yields a step's batches and records its duration, including the consumer's time. */
export async function* timedBatches<Batch, End>(
  trace: Trace,
  step: string,
  batches: AsyncGenerator<Batch, End>,
  startMs = nowMs(),
): AsyncGenerator<Batch, End> {
  try {
    return yield* batches;
  } finally {
    trace.timings.set(step, nowMs() - startMs);
  }
}

/** Returns milliseconds of a monotonic clock. Not `performance`, whose module takes 3 ms to load. */
export const nowMs = (): number => Number(process.hrtime.bigint()) / 1e6;
