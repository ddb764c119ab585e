import type { Trace } from '../trace';

const NAMESPACE = 'LambdaInstances';

/** How a request ended. */
export type Outcome = { readonly functionName: string; readonly status: number; readonly durationMs: number };

/**
 * A request's metrics in CloudWatch's embedded metric format: written to the log, without a call.
 * The dimensions are the function, since an account may have several stages, and the status: a handful of values each.
 */
export function requestMetrics(
  { functionName, status, durationMs }: Outcome,
  trace: Trace,
  now = Date.now(),
): Record<string, unknown> {
  return {
    FunctionName: functionName,
    status: String(status),
    Requests: 1,
    Latency: durationMs,
    ReadUnits: trace.readUnits,
    DamagedRecords: trace.damagedRecords,
    IndexFallbacks: trace.indexFallbacks,
    Unavailable: status === 503 ? 1 : 0,
    _aws: {
      Timestamp: now,
      CloudWatchMetrics: [
        {
          Namespace: NAMESPACE,
          Dimensions: [['FunctionName', 'status']],
          Metrics: [{ Name: 'Requests', Unit: 'Count' }],
        },
        {
          Namespace: NAMESPACE,
          Dimensions: [['FunctionName']],
          Metrics: [
            { Name: 'Latency', Unit: 'Milliseconds' },
            { Name: 'ReadUnits', Unit: 'Count' },
            { Name: 'DamagedRecords', Unit: 'Count' },
            { Name: 'IndexFallbacks', Unit: 'Count' },
            { Name: 'Unavailable', Unit: 'Count' },
          ],
        },
      ],
    },
  };
}
