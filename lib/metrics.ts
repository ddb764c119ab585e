const NAMESPACE = 'LambdaInstances';

type Counts = Readonly<Record<string, number>>;

/**
 * Returns log fields that CloudWatch reads as metrics (embedded metric format), without a call.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 *
 * Omits counts of 0: a metric is billed for each hour with a value. The alarms treat missing data as good.
 *
 * @param context the Lambda context; its function is a dimension of all counts
 * @param counts by metric name
 * @param ofVersion the metrics counted per function version too, to judge a release
 */
export function embedMetrics(
  context: unknown,
  counts: Counts,
  ofVersion: readonly string[] = [],
  now = Date.now(),
): Record<string, unknown> {
  const present = Object.entries(counts).filter(([, count]) => count !== 0);
  if (present.length === 0) return {};
  const directive = (dimensions: readonly string[], names: readonly string[]) => ({
    Namespace: NAMESPACE,
    Dimensions: [dimensions],
    Metrics: names.map((Name) => ({ Name, Unit: 'Count' })),
  });
  const names = present.map(([name]) => name);
  const directives = [
    directive(['FunctionName'], names),
    directive(
      ['FunctionName', 'FunctionVersion'],
      names.filter((name) => ofVersion.includes(name)),
    ),
  ].filter(({ Metrics }) => Metrics.length > 0);
  const { functionName = 'unknown', functionVersion = 'unknown' } = (context ?? {}) as Record<string, unknown>;
  return {
    FunctionName: String(functionName),
    FunctionVersion: String(functionVersion),
    ...Object.fromEntries(present),
    _aws: { Timestamp: now, CloudWatchMetrics: directives },
  };
}
