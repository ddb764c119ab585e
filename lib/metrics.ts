const NAMESPACE = 'LambdaInstances';

type Counts = Readonly<Record<string, number>>;

/**
 * Counts as CloudWatch metrics in the embedded metric format: fields of a log line, written without a call.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 *
 * A count of 0 is left out. A metric costs money in each hour that has a value of it, so failures are free until they
 * happen; the alarms take silence for good.
 *
 * @param context of the Lambda invocation, whose function is a dimension of all counts
 * @param counts by the metric's name
 * @param ofVersion which of them are counted for the function's version too, so that a release can be judged by them
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
