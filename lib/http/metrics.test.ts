import { createTrace } from '../trace';
import { requestMetrics } from './metrics';

const trace = { ...createTrace(), calls: 2, readUnits: 1.5, items: 5, damagedRecords: 1, indexFallbacks: 2 };
const outcome = (status: number) => ({ functionName: 'list', status, durationMs: 12.5 });

describe('requestMetrics', () => {
  it('gives each metric that it declares a value, and no other', () => {
    const { _aws, ...values } = requestMetrics(outcome(503), trace, 1_795_547_038_000);
    expect(values).toEqual({
      FunctionName: 'list',
      status: '503',
      Requests: 1,
      Latency: 12.5,
      ReadUnits: 1.5,
      DamagedRecords: 1,
      IndexFallbacks: 2,
      Unavailable: 1,
    });
    const { Timestamp, CloudWatchMetrics } = _aws as { Timestamp: number; CloudWatchMetrics: Directive[] };
    expect(Timestamp).toBe(1_795_547_038_000);
    const units = CloudWatchMetrics.flatMap(({ Metrics }) => Metrics.map(({ Name, Unit }) => [Name, Unit]));
    expect(Object.fromEntries(units)).toEqual({
      Requests: 'Count',
      Latency: 'Milliseconds',
      ReadUnits: 'Count',
      DamagedRecords: 'Count',
      IndexFallbacks: 'Count',
      Unavailable: 'Count',
    });
  });

  it('has no dimensions but the function and, for the count alone, the status', () => {
    const { _aws } = requestMetrics(outcome(200), trace);
    const { CloudWatchMetrics } = _aws as { CloudWatchMetrics: Directive[] };
    expect(CloudWatchMetrics.map(({ Namespace, Dimensions }) => ({ Namespace, Dimensions }))).toEqual([
      { Namespace: 'LambdaInstances', Dimensions: [['FunctionName', 'status']] },
      { Namespace: 'LambdaInstances', Dimensions: [['FunctionName']] },
    ]);
  });

  it.each([
    [200, 0],
    [500, 0],
    [503, 1],
  ])('counts the status %d as unavailable: %d', (status, expected) => {
    expect(requestMetrics(outcome(status), trace).Unavailable).toBe(expected);
  });
});

type Directive = { Namespace: string; Dimensions: string[][]; Metrics: { Name: string; Unit: string }[] };
