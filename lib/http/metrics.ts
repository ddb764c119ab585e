import type { Trace } from '../trace';

const NAMESPACE = 'LambdaInstances';

/**
 * A request's metrics in CloudWatch's embedded metric format: written to the log, without a call.
 * `status` is the only dimension: a handful of values, so that the number of metrics stays small.
 */
export function requestMetrics(
  status: number,
  durationMs: number,
  trace: Trace,
  now = Date.now(),
): Record<string, unknown> {
  return {
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
        { Namespace: NAMESPACE, Dimensions: [['status']], Metrics: [{ Name: 'Requests', Unit: 'Count' }] },
        {
          Namespace: NAMESPACE,
          Dimensions: [[]],
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
