import { createTrace } from '../trace';
import { requestMetrics } from './metrics';

const trace = { ...createTrace(), calls: 2, readUnits: 1.5, items: 5, damagedRecords: 1, indexFallbacks: 2 };

describe('requestMetrics', () => {
  it('gives each metric that it declares a value, and no other', () => {
    const { _aws, ...values } = requestMetrics(503, 12.5, trace, 1_795_547_038_000);
    expect(values).toEqual({
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
    const declared = CloudWatchMetrics.flatMap(({ Metrics }) => Metrics.map(({ Name }) => Name));
    expect(['status', ...declared].sort()).toEqual(Object.keys(values).sort());
  });

  it('has no dimension but the status, and that for the count alone', () => {
    const { _aws } = requestMetrics(200, 1, trace);
    const { CloudWatchMetrics } = _aws as { CloudWatchMetrics: Directive[] };
    expect(CloudWatchMetrics.map(({ Namespace, Dimensions }) => ({ Namespace, Dimensions }))).toEqual([
      { Namespace: 'LambdaInstances', Dimensions: [['status']] },
      { Namespace: 'LambdaInstances', Dimensions: [[]] },
    ]);
  });

  it.each([
    [200, 0],
    [500, 0],
    [503, 1],
  ])('counts the status %d as unavailable: %d', (status, expected) => {
    expect(requestMetrics(status, 1, trace).Unavailable).toBe(expected);
  });
});

type Directive = { Namespace: string; Dimensions: string[][]; Metrics: { Name: string }[] };
