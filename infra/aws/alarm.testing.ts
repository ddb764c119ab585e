/**
 * Evaluates a metric alarm as CloudWatch does, minute by minute.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html
 */
import { evaluateExpression, type TimeSeries } from './metricMath.testing';

/** A sample of a metric; times in seconds. */
export type Sample = {
  /** The timestamp of the value. */
  readonly at: number;
  /** When CloudWatch receives it (default: `time`). Lambda reports a run at its end, with its start as timestamp. */
  readonly seenAt?: number;
  readonly value: number;
};
/** Samples by metric name, as written by `metricName`. */
export type Samples = ReadonlyMap<string, readonly Sample[]>;

type Metric = {
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions?: readonly { readonly Name: string; readonly Value: string }[];
};
type Query = {
  readonly Id: string;
  readonly Expression?: string;
  readonly MetricStat?: { readonly Metric: Metric; readonly Period: number; readonly Stat: string };
  readonly ReturnData?: boolean;
};
/** The properties of an `AWS::CloudWatch::Alarm`, its references resolved. */
export type Alarm = Partial<Metric> & {
  readonly AlarmName: string;
  readonly AlarmDescription?: string;
  readonly Statistic?: string;
  readonly ExtendedStatistic?: string;
  readonly Period?: number;
  readonly Metrics?: readonly Query[];
  readonly EvaluationPeriods: number;
  readonly DatapointsToAlarm?: number;
  readonly Threshold: number;
  readonly ComparisonOperator: string;
  readonly TreatMissingData?: string;
};
export type State = 'OK' | 'ALARM';

export const metricName = ({ Namespace, MetricName, Dimensions = [] }: Metric): string =>
  [Namespace, MetricName, ...Dimensions.map(({ Name, Value }) => `${Name}=${Value}`).sort()].join(' ');

/** Returns the minutes from `from` to `to` (seconds) at whose end the alarm is in the state ALARM. */
export function minutesInAlarm(alarm: Alarm, samples: Samples, from: number, to: number, extraPeriods = 2): number[] {
  const minutes: number[] = [];
  for (let now = from; now <= to; now += 60) {
    const points = dataPoints(alarm, samples, now, alarm.EvaluationPeriods + extraPeriods);
    if (stateOf(alarm, points) === 'ALARM') minutes.push(now / 60);
  }
  return minutes;
}

/**
 * Returns the state for the data points of the evaluation range, oldest first. CloudWatch retrieves more points than
 * `EvaluationPeriods` (undocumented how many; five for three), and fills in missing points only if there are too few.
 */
export function stateOf(alarm: Omit<Alarm, 'AlarmName'>, points: TimeSeries): State {
  const { EvaluationPeriods, DatapointsToAlarm = EvaluationPeriods, TreatMissingData } = alarm;
  const real = points.filter((value) => value !== undefined).slice(-EvaluationPeriods);
  const breaching = real.filter((value) => isBreaching(alarm, value)).length;
  return breaching + fillers(TreatMissingData, EvaluationPeriods - real.length) >= DatapointsToAlarm ? 'ALARM' : 'OK';
}

/** Returns the number of breaching points filled in for missing ones. */
function fillers(treatment: string | undefined, missing: number): number {
  if (treatment === 'breaching') return missing;
  if (treatment === 'notBreaching') return 0;
  throw new Error(`not implemented: ${treatment}`); // would need the previous state, or INSUFFICIENT_DATA
}

function isBreaching({ ComparisonOperator, Threshold }: Omit<Alarm, 'AlarmName'>, value: number): boolean {
  if (ComparisonOperator === 'GreaterThanThreshold') return value > Threshold;
  if (ComparisonOperator === 'LessThanThreshold') return value < Threshold;
  throw new Error(`not implemented: ${ComparisonOperator}`);
}

function dataPoints(alarm: Alarm, samples: Samples, now: number, periods: number): TimeSeries {
  if (!alarm.Metrics) {
    const { Namespace = '', MetricName = '', Dimensions = [], Period = 0 } = alarm;
    const Stat = alarm.Statistic ?? alarm.ExtendedStatistic ?? '';
    return seriesOf({ Metric: { Namespace, MetricName, Dimensions }, Period, Stat }, samples, now, periods);
  }
  const metrics = new Map<string, TimeSeries>();
  for (const { Id, MetricStat } of alarm.Metrics) {
    if (MetricStat) metrics.set(Id, seriesOf(MetricStat, samples, now, periods));
  }
  const watched = alarm.Metrics.filter(({ ReturnData = true }) => ReturnData);
  if (watched.length !== 1) throw new Error(`${alarm.AlarmName} watches ${watched.length} time series`);
  return evaluateExpression(watched[0]?.Expression ?? '', metrics);
}

/** "at the end of minute 6, the alarm is evaluated based on the data from minutes 2 to 6" */
function seriesOf(
  { Metric, Period, Stat }: NonNullable<Query['MetricStat']>,
  samples: Samples,
  now: number,
  periods: number,
): TimeSeries {
  const minutes = byMinute(samples.get(metricName(Metric)) ?? []);
  return Array.from({ length: periods }, (_, i) => {
    const end = now - (periods - 1 - i) * Period;
    const values: number[] = [];
    for (let minute = (end - Period) / 60; minute < end / 60; minute += 1) {
      for (const { at, seenAt = at, value } of minutes.get(minute) ?? []) if (seenAt < now) values.push(value);
    }
    return values.length === 0 ? undefined : statistic(Stat, values);
  });
}

const minutesOf = new WeakMap<readonly Sample[], ReadonlyMap<number, readonly Sample[]>>();

/** Groups the samples of one metric by minute, CloudWatch's resolution. */
function byMinute(samples: readonly Sample[]): ReadonlyMap<number, readonly Sample[]> {
  const known = minutesOf.get(samples);
  if (known) return known;
  const minutes = new Map<number, Sample[]>();
  for (const sample of samples) {
    const minute = Math.floor(sample.at / 60);
    minutes.set(minute, [...(minutes.get(minute) ?? []), sample]);
  }
  minutesOf.set(samples, minutes);
  return minutes;
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html */
function statistic(name: string, values: readonly number[]): number {
  const [, above] = /^TC\((\d+):\)$/.exec(name) ?? [];
  if (above !== undefined) return values.filter((value) => value > Number(above)).length;
  if (name === 'SampleCount') return values.length;
  if (name === 'Maximum') return Math.max(...values);
  if (name === 'Sum') return values.reduce((sum, value) => sum + value, 0);
  throw new Error(`not implemented: ${name}`);
}
