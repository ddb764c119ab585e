/** Finds the ARNs and contexts of the calls that CloudFormation makes for a resource. */
import type { Context } from './iamPolicy.testing';
import type { Resource } from './physicalName.testing';

const REGION = 'eu-central-1';
export const ACCOUNT = '123456789012';

/** The ARN of calls, and the context that IAM evaluates; `only` limits it to some calls of the service. */
export type Target = { readonly arn: string; readonly context?: Context; readonly only?: RegExp };

/** A resource by its name in AWS. */
export type Named = { readonly name: string; readonly properties: Resource['Properties'] };
/** Finds another resource of the stack. */
type Find = (logicalId: string) => Named;
type ToTargets = (resource: Named, find: Find) => Target[];

const arn = (service: string, resource: string, account = ACCOUNT, region = REGION) =>
  `arn:aws:${service}:${region}:${account}:${resource}`;

const on =
  (service: string, ...prefixes: string[]): ToTargets =>
  ({ name }) =>
    prefixes.map((prefix) => ({ arn: arn(service, prefix + name) }));

const onApi = (paths: readonly string[], context: Context = {}): Target[] =>
  [...paths, '/tags/x'].map((path) => ({ arn: arn('apigateway', path, ''), context }));

/** Returns the logical id in a reference, which may be a function's ARN followed by an alias. */
function referred(value: unknown): string {
  const [, id] = /"(?:Ref|Fn::GetAtt)":\[?"(\w+)"/.exec(JSON.stringify(value)) ?? [];
  if (!id) throw new Error(`${JSON.stringify(value)} refers to nothing`);
  return id;
}

const functionArns = (name: string) => ['', ':live', ':7'].map((part) => arn('lambda', `function:${name}${part}`));
const onFunction: ToTargets = ({ properties }, find) =>
  functionArns(find(referred(properties.FunctionName)).name).map((arn) => ({ arn }));

const roleArn = ({ name, properties }: Named) => arn('iam', `role${properties.Path ?? '/'}${name}`, ACCOUNT, '');
const passing = (role: unknown, service: string, find: Find): Target => ({
  arn: roleArn(find(referred(role))),
  context: { 'iam:PassedToService': service },
});

const onBucket = (name: string): Target[] =>
  [`arn:aws:s3:::${name}`, `arn:aws:s3:::${name}/x`].map((arn) => ({
    arn,
    context: { 's3:ResourceAccount': ACCOUNT },
  }));

const serviceRole = 'role/aws-service-role/ops.apigateway.amazonaws.com/AWSServiceRoleForAPIGateway';
const anyLog: Target = { arn: arn('logs', '*') };

/** The targets of a resource's calls, by type. */
export const TARGETS: Readonly<Record<string, ToTargets>> = {
  'AWS::ApiGatewayV2::Api': ({ name }) => [
    ...onApi(['/apis']),
    ...onApi(['/apis/x'], { 'apigateway:Resource/ApiName': name }),
  ],
  'AWS::ApiGatewayV2::Stage': () => [...onApi(['/apis/x/stages', '/apis/x/stages/$default']), anyLog],
  'AWS::ApiGatewayV2::Route': () => onApi(['/apis/x/routes', '/apis/x/routes/y']),
  'AWS::ApiGatewayV2::Integration': () => onApi(['/apis/x/integrations', '/apis/x/integrations/y']),
  'AWS::ApiGatewayV2::DomainName': ({ name }) => [
    ...onApi(['/domainnames', `/domainnames/${name}`]),
    { arn: arn('iam', serviceRole, ACCOUNT, ''), context: { 'iam:AWSServiceName': 'ops.apigateway.amazonaws.com' } },
  ],
  'AWS::ApiGatewayV2::ApiMapping': () => onApi(['/domainnames/x/apimappings', '/domainnames/x/apimappings/y']),
  'AWS::CloudWatch::Alarm': on('cloudwatch', 'alarm:'),
  'AWS::CloudWatch::Dashboard': ({ name }) => [{ arn: arn('cloudwatch', `dashboard/${name}`, ACCOUNT, '') }],
  'AWS::CodeDeploy::Application': on('codedeploy', 'application:'),
  'AWS::CodeDeploy::DeploymentGroup': ({ name, properties }, find) => [
    ...deploymentTargets(`${find(referred(properties.ApplicationName)).name}`, name, properties.DeploymentConfigName),
    passing(properties.ServiceRoleArn, 'codedeploy.amazonaws.com', find),
  ],
  'AWS::DynamoDB::Table': on('dynamodb', 'table/'),
  'AWS::Events::Rule': on('events', 'rule/'),
  'AWS::IAM::Role': (role) => [{ arn: roleArn(role) }],
  'AWS::Lambda::Alias': (resource, find) => [
    ...onFunction(resource, find),
    ...deploymentTargets(find('Releases').name, 'x', 'CodeDeployDefault.LambdaAllAtOnce'),
  ],
  'AWS::Lambda::EventSourceMapping': ({ properties }, find) =>
    functionArns(find(referred(properties.FunctionName)).name).map((functionArn) => ({
      arn: arn('lambda', 'event-source-mapping:x'),
      context: { 'lambda:FunctionArn': functionArn },
    })),
  'AWS::Lambda::Function': ({ name, properties }, find) => [
    ...functionArns(name).map((arn) => ({ arn })),
    ...onBucket(find(referred((properties.Code as { S3Bucket: unknown }).S3Bucket)).name),
    passing(properties.Role, 'lambda.amazonaws.com', find),
  ],
  'AWS::Lambda::Permission': onFunction,
  'AWS::Lambda::Version': onFunction,
  'AWS::Logs::LogGroup': ({ name }) => ['', ':*'].map((part) => ({ arn: arn('logs', `log-group:${name}${part}`) })),
  'AWS::Logs::MetricFilter': ({ properties }, find) => [
    { arn: arn('logs', `log-group:${find(referred(properties.LogGroupName)).name}`) },
  ],
  'AWS::S3::Bucket': ({ name }) => onBucket(name),
  'AWS::S3::BucketPolicy': ({ properties }, find) => onBucket(find(referred(properties.Bucket)).name),
  'AWS::SNS::Subscription': ({ properties }, find) =>
    ['', ':x'].map((part) => ({ arn: arn('sns', find(referred(properties.TopicArn)).name + part) })),
  'AWS::SNS::Topic': on('sns', ''),
  'AWS::SQS::Queue': on('sqs', ''),
};

function deploymentTargets(application: string, group: string, config: unknown): Target[] {
  return [
    { arn: arn('codedeploy', `application:${application}`), only: /:(Get|Register)ApplicationRevision$/ },
    { arn: arn('codedeploy', `deploymentconfig:${config}`), only: /:GetDeploymentConfig$/ },
    { arn: arn('codedeploy', `deploymentgroup:${application}/${group}`) },
  ];
}
