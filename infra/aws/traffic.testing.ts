/** Simulates what the deployed functions and AWS report to CloudWatch, to evaluate the alarms. */
import type { Resource } from '../../test/packageService';
import { type Alarm, metricName, type Sample, type Samples } from './alarm.testing';

const LOG_DELAY = 120; // seconds, at most, until a log line becomes a metric
const API = [{ Name: 'ApiId', Value: 'HttpApi' }];

type FunctionName = 'ListLambdaInstances' | 'MaintainPageIndex' | 'AuditPageIndex' | 'CheckRelease';
type Answer = { readonly status?: number; readonly ms?: number; readonly version?: string };
type EmbeddedLine = Readonly<Record<string, unknown>> & {
  readonly _aws?: {
    readonly CloudWatchMetrics: readonly {
      readonly Namespace: string;
      readonly Dimensions: readonly (readonly string[])[];
      readonly Metrics: readonly { readonly Name: string }[];
    }[];
  };
};

/** All times are in seconds. */
export class Traffic {
  private readonly metrics = new Map<string, Sample[]>();

  samples = (): Samples => this.metrics;

  report(Namespace: string, MetricName: string, Dimensions: Alarm['Dimensions'] & object, sample: Sample): void {
    const name = metricName({ Namespace, MetricName, Dimensions });
    const known = this.metrics.get(name);
    if (known) known.push(sample);
    else this.metrics.set(name, [sample]);
  }

  /** Records a response of the HTTP API; without a version, the gateway's own. */
  answered(at: number, { status = 200, ms = 20, version }: Answer): void {
    const class4xx = Math.floor(status / 100) === 4;
    const class5xx = Math.floor(status / 100) === 5;
    const values = { Count: 1, '4xx': Number(class4xx), '5xx': Number(class5xx), Latency: ms };
    for (const [name, value] of Object.entries(values)) this.report('AWS/ApiGateway', name, API, { at, value });
    if (version !== undefined) this.ran('ListLambdaInstances', at, { version, seconds: ms / 1000 });
  }

  /** Records a run of a function, which Lambda reports at its end with its start as timestamp. */
  ran(name: FunctionName, at: number, { version = 'old', seconds = 1, crashes = false } = {}): void {
    const FunctionName = { Name: 'FunctionName', Value: `${name}LambdaFunction` };
    const Resource = { Name: 'Resource', Value: `${name}LambdaFunction:live` };
    const ExecutedVersion = { Name: 'ExecutedVersion', Value: version };
    for (const dimensions of [[FunctionName], [FunctionName, Resource, ExecutedVersion]]) {
      const seenAt = at + seconds + 60;
      this.report('AWS/Lambda', 'Invocations', dimensions, { at, seenAt, value: 1 });
      this.report('AWS/Lambda', 'Errors', dimensions, { at, seenAt, value: Number(crashes) });
    }
  }

  /** Records the stream lag at the start of a run of maintainPageIndex. */
  lagged(at: number, ageMs: number): void {
    const dimensions = [{ Name: 'FunctionName', Value: 'MaintainPageIndexLambdaFunction' }];
    this.report('AWS/Lambda', 'IteratorAge', dimensions, { at, value: ageMs });
  }

  /** Records a log line of a function, with its metrics. */
  logged(at: number, line: EmbeddedLine): void {
    for (const { Namespace, Dimensions, Metrics } of line._aws?.CloudWatchMetrics ?? []) {
      for (const names of Dimensions) {
        const dimensions = names.map((Name) => ({ Name, Value: String(line[Name]) }));
        for (const { Name } of Metrics) {
          this.report(Namespace, Name, dimensions, { at, seenAt: at + LOG_DELAY, value: Number(line[Name]) });
        }
      }
    }
  }
}

/** Returns the alarms of a packaged template by the last part of their name, with references as logical ids. */
export function alarmsOf(resources: Readonly<Record<string, Resource>>): ReadonlyMap<string, Alarm> {
  const alarms = Object.values(resources).filter(({ Type }) => Type === 'AWS::CloudWatch::Alarm');
  return new Map(
    alarms.map(({ Properties }) => {
      const alarm = resolve(Properties) as Alarm;
      return [alarm.AlarmName.replace(/^lambda-instances-api-[a-z]+-/, ''), alarm];
    }),
  );
}

function resolve(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(resolve);
  if (typeof value !== 'object' || value === null) return value;
  const { Ref, 'Fn::GetAtt': attribute, 'Fn::Sub': text } = value as Record<string, unknown>;
  if (typeof Ref === 'string') return Ref;
  if (Array.isArray(attribute)) return attribute[1] === 'Version' ? 'new' : attribute[0];
  if (typeof text === 'string') return text.replaceAll(/\$\{(\w+)\}/g, '$1');
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, resolve(inner)]));
}
