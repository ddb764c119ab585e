/** Returns the names that CloudFormation gives to the resources of a stack. */

/** A resource of the packaged template. */
export type Resource = {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
  readonly [attribute: string]: unknown;
};

/** Longest names by type; https://docs.aws.amazon.com/general/latest/gr/aws-service-information.html */
const LONGEST: Readonly<Record<string, number>> = {
  'AWS::CodeDeploy::Application': 100,
  'AWS::CodeDeploy::DeploymentGroup': 100,
  'AWS::DynamoDB::Table': 255,
  'AWS::Events::Rule': 64,
  'AWS::IAM::Role': 64,
  'AWS::S3::Bucket': 63,
  'AWS::SNS::Topic': 256,
  'AWS::SQS::Queue': 80,
};
const NAME_PROPERTIES = ['FunctionName', 'LogGroupName', 'AlarmName', 'DashboardName', 'Name', 'DomainName'];

/** Returns a resource's name in AWS: an explicit one, or the one that CloudFormation generates. */
export function physicalName(stack: string, logicalId: string, { Type, Properties = {} }: Resource): string {
  const given = NAME_PROPERTIES.map((property) => Properties[property]).find((value) => typeof value === 'string');
  if (given !== undefined) return String(given);
  const generated = generatedName(stack, logicalId, LONGEST[Type] ?? Number.POSITIVE_INFINITY);
  return Type === 'AWS::S3::Bucket' ? generated.toLowerCase() : generated;
}

const SUFFIX = 'ABCDEFGHIJKLM'; // 12 or 13 characters; the longer leaves less for the rest

/**
 * Returns the name that CloudFormation generates: stack, logical id and a suffix. If it is too long, stack and logical id
 * are each cut to half of the space, unless one is shorter and leaves more to the other. Seen in names such as
 * `serverless-tv-trader-prod-WatcherEventsRuleSchedul-18S5J3UYYQ4NS` (64) and
 * `lambda-info-http-endpoin-serverlessdeploymentbuck-2u8uz2i7cap2` (63).
 */
export function generatedName(stack: string, logicalId: string, longest: number): string {
  const room = longest - SUFFIX.length - 2;
  const forId = Math.max(Math.floor(room / 2), room - stack.length);
  const id = logicalId.slice(0, forId);
  return `${stack.slice(0, room - id.length)}-${id}-${SUFFIX}`;
}
