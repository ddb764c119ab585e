import { RefusedError } from '../errors';
import type { Log } from '../log';
import { embedMetrics } from '../metrics';
import type { Trace } from '../trace';
import type { GatewayResponse } from './answer';
import { failureOf } from './problem';

/** How a request ended. */
type Outcome = {
  readonly sent: GatewayResponse;
  readonly durationMs: number;
  /** The error thrown, if any. */
  readonly failure: unknown;
  /** The Lambda context object. */
  readonly context: unknown;
};

/**
 * Logs one line per request, with its metrics, preceded by a line with the error of a 500 or 503. Omits an unknown
 * method or path, since it may contain a misplaced token.
 */
export function report(
  { log, trace }: { readonly log: Log; readonly trace: Trace },
  request: { readonly method: string; readonly route: string | undefined } | undefined,
  { sent, durationMs, failure, context }: Outcome,
): void {
  const status = sent.statusCode;
  if (status === 500) log.error('the request failed', { error: failure });
  if (status === 503) log.warn('DynamoDB was not available', { error: failure });
  const fields = {
    method: request && /^[A-Z]{3,7}$/.test(request.method) ? request.method : undefined,
    path: request?.route,
    status,
    problem: failure === undefined ? undefined : failureOf(failure),
    tokenId: trace.tokenId,
    ...(failure instanceof RefusedError ? failure.note : {}),
    ...trace.asked,
    durationMs: rounded(durationMs),
    steps: Object.fromEntries([...trace.timings].map(([step, ms]) => [step, rounded(ms)])),
    items: trace.items,
    calls: trace.calls,
    readUnits: trace.readUnits,
    coding: sent.headers?.['content-encoding'] ?? sent.multiValueHeaders?.['content-encoding']?.[0],
    bytes: Buffer.byteLength(sent.body, sent.isBase64Encoded ? 'base64' : 'utf8'),
  };
  const counts = {
    ReadUnits: trace.readUnits,
    DamagedRecords: trace.damagedRecords,
    IndexFallbacks: trace.indexFallbacks,
    InternalErrors: Number(status === 500),
  };
  log.metrics('request', fields, embedMetrics(context, counts, ['InternalErrors']));
}

const rounded = (ms: number): number => Math.round(ms * 10) / 10;
