import type { Log } from '../log';
import { embedMetrics } from '../metrics';
import type { Trace } from '../trace';
import { failureOf } from './problem';

/** How a request ended. */
type Outcome = {
  readonly status: number;
  readonly durationMs: number;
  /** What was thrown, if anything. */
  readonly failure: unknown;
  /** Of the Lambda invocation. */
  readonly context: unknown;
};

/**
 * Logs one line per request, with its metrics; before it a line for a failure that the caller did not cause. A method or
 * path that the API does not know is left out: a token may stand in the wrong place.
 */
export function report(
  { log, trace }: { readonly log: Log; readonly trace: Trace },
  request: { readonly method: string; readonly route: string | undefined } | undefined,
  { status, durationMs, failure, context }: Outcome,
): void {
  if (status === 500) log.error('the request failed', { error: failure });
  if (status === 503) log.warn('DynamoDB was not available', { error: failure });
  const fields = {
    method: request && /^[A-Z]{3,7}$/.test(request.method) ? request.method : undefined,
    path: request?.route,
    status,
    problem: failure === undefined ? undefined : failureOf(failure),
    durationMs: Math.round(durationMs * 10) / 10,
    items: trace.items,
    calls: trace.calls,
    readUnits: trace.readUnits,
    tokenId: trace.tokenId,
  };
  const counts = {
    ReadUnits: trace.readUnits,
    DamagedRecords: trace.damagedRecords,
    IndexFallbacks: trace.indexFallbacks,
    InternalErrors: Number(status === 500),
  };
  log.metrics('request', fields, embedMetrics(context, counts, ['InternalErrors']));
}
