/** What CloudFormation calls, with the deployer's permissions, to create, read, update and delete a packaged stack. */
import { types } from './handlerPermissions.json';
import type { Context, Request } from './iamPolicy';

/** A resource of the packaged template. */
type Resource = {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
  readonly [attribute: string]: unknown;
};

const REGION = 'eu-central-1';
export const ACCOUNT = '123456789012';

export type Stack = { readonly name: string; readonly resources: Readonly<Record<string, Resource>> };
/** A call, and for which resource it is made. */
export type StackCall = Request & { readonly logicalId: string };

export function callsOf(stack: Stack): StackCall[] {
  return Object.entries(stack.resources).flatMap(([logicalId, resource]) => {
    const { handlers, targets } = describe(stack, logicalId, resource);
    const actions = [...new Set(Object.values(handlers).flat())].filter((action) => isMade(resource, action));
    return [...actions, ...(BEYOND[resource.Type] ?? [])].flatMap((action) =>
      targetsOf(action, targets).map(({ arn, context }) => ({
        logicalId,
        action,
        resource: WITHOUT_RESOURCE.test(action) ? '*' : arn,
        context: { 'aws:CalledVia': 'cloudformation.amazonaws.com', ...context },
      })),
    );
  });
}

/** @throws Error for an action of a service that the resource has no ARN of, which would go unexamined */
function targetsOf(action: string, targets: readonly Target[]): readonly Target[] {
  const service = action.replace(/:.*/, '').toLowerCase();
  const own = targets.filter(({ arn, only }) => arn.split(':')[2] === service && (!only || only.test(action)));
  const special = own.filter(({ only }) => only);
  if (own.length === 0) throw new Error(`${action} is called on an unknown resource`);
  return special.length > 0 ? special : own;
}

/** Actions that AWS limits to no resource, after the Service Authorization Reference. */
const WITHOUT_RESOURCE = new RegExp(
  '^(cloudwatch:DescribeAlarms|codedeploy:StopDeployment|lambda:CreateEventSourceMapping' +
    '|logs:(CreateLogDelivery|Describe(IndexPolicies|LogGroups|ResourcePolicies)|PutResourcePolicy))$',
);

/** Called besides what the handlers declare. */
const BEYOND: Readonly<Record<string, readonly string[]>> = {
  'AWS::ApiGatewayV2::Api': ['apigateway:TagResource'], // stack tags are handed on to what can be tagged
  'AWS::ApiGatewayV2::DomainName': [
    'apigateway:TagResource',
    'apigateway:AddCertificateToDomain', // these after the Service Authorization Reference
    'apigateway:RemoveCertificateFromDomain',
    'apigateway:UpdateDomainNamePolicy',
    'iam:CreateServiceLinkedRole', // by the first domain of an account
  ],
  // https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html
  'AWS::ApiGatewayV2::Stage': ['logs:CreateLogDelivery', 'logs:PutResourcePolicy', 'logs:DescribeResourcePolicies'],
};

/** By type: calls that are made only for a property, and that property. */
const ONLY_FOR: Readonly<Record<string, Readonly<Record<string, RegExp>>>> = {
  'AWS::ApiGatewayV2::Api': { BodyS3Location: /^s3:/ },
  'AWS::ApiGatewayV2::Integration': { CredentialsArn: /^iam:/ },
  'AWS::CodeDeploy::DeploymentGroup': { OnPremisesInstanceTagFilters: /:RegisterOnPremisesInstance$/ },
  'AWS::DynamoDB::Table': {
    ContributorInsightsSpecification: /^iam:/,
    ImportSourceSpecification: /^(s3|logs):/,
    KinesisStreamSpecification: /^kinesis:/,
    KMSMasterKeyId: /^kms:/, // the policy of AWS's own key lets everybody in who may use the table
  },
  'AWS::Events::Rule': { RoleArn: /^iam:/ },
  'AWS::IAM::Role': { ManagedPolicyArns: /:(Attach|Detach)RolePolicy$/, PermissionsBoundary: /Boundary$/ },
  'AWS::Lambda::EventSourceMapping': { KmsKeyArn: /^kms:/ },
  'AWS::Lambda::Function': {
    CapacityProviderConfig: /:PassCapacityProvider$/,
    CodeSigningConfigArn: /:(GetCodeSigningConfig|PutFunctionCodeSigningConfig)$/,
    FileSystemConfigs: /^(elasticfilesystem|s3files):/,
    KmsKeyArn: /^kms:/,
    Layers: /:GetLayerVersion$/,
    VpcConfig: /^ec2:/,
  },
  'AWS::Logs::LogGroup': {
    DataProtectionPolicy: /^(firehose:|s3:)/,
    FieldIndexPolicies: /:(Put|Delete)IndexPolicy$/,
    ResourcePolicyDocument: /:(Put|Delete)ResourcePolicy$/,
  },
  'AWS::S3::Bucket': { MetadataTableConfiguration: /^s3tables:/, ReplicationConfiguration: /^iam:/ },
  'AWS::SNS::Subscription': { SubscriptionRoleArn: /^iam:/ },
  'AWS::SNS::Topic': { DeliveryStatusLogging: /^iam:/ },
};

function isMade({ Type, Properties = {} }: Resource, action: string): boolean {
  const [property] = Object.entries(ONLY_FOR[Type] ?? {}).find(([, calls]) => calls.test(action)) ?? [];
  return property === undefined || JSON.stringify(Properties).includes(`"${property}":`);
}

type Handlers = Readonly<Record<string, readonly string[]>>;
/** What calls are made on, and what else IAM is told of them; `only`: which calls of the ARN's service. */
type Target = { readonly arn: string; readonly context?: Context; readonly only?: RegExp };

function describe(stack: Stack, logicalId: string, { Type, Properties = {} }: Resource) {
  const handlers: Handlers | undefined = (types as Record<string, Handlers>)[Type];
  const toTargets = TARGETS[Type];
  if (!handlers || !toTargets) throw new Error(`${logicalId}: nothing is known of ${Type}`);
  const find = (id: string): Named => {
    const resource = stack.resources[id];
    if (!resource) throw new Error(`${logicalId} refers to ${id}, which is not in the template`);
    return { name: physicalName(stack.name, id, resource), properties: resource.Properties ?? {} };
  };
  return { handlers, targets: toTargets({ name: find(logicalId).name, properties: Properties }, find) };
}

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

function physicalName(stack: string, logicalId: string, { Type, Properties = {} }: Resource): string {
  const given = NAME_PROPERTIES.map((property) => Properties[property]).find((value) => typeof value === 'string');
  if (given !== undefined) return String(given);
  const generated = generatedName(stack, logicalId, LONGEST[Type] ?? Number.POSITIVE_INFINITY);
  return Type === 'AWS::S3::Bucket' ? generated.toLowerCase() : generated;
}

const SUFFIX = 'ABCDEFGHIJKLM'; // 12 or 13 characters; the longer leaves less for the rest

/**
 * The name that CloudFormation generates: stack, logical id and a suffix. If that is too long, the two are cut to a half
 * of the room each, unless one leaves more to the other. Seen in names such as
 * `serverless-tv-trader-prod-WatcherEventsRuleSchedul-18S5J3UYYQ4NS` (64) and
 * `lambda-info-http-endpoin-serverlessdeploymentbuck-2u8uz2i7cap2` (63).
 */
export function generatedName(stack: string, logicalId: string, longest: number): string {
  const room = longest - SUFFIX.length - 2;
  const forId = Math.max(Math.floor(room / 2), room - stack.length);
  const id = logicalId.slice(0, forId);
  return `${stack.slice(0, room - id.length)}-${id}-${SUFFIX}`;
}

type Named = { readonly name: string; readonly properties: Resource['Properties'] };
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

/** The logical id in a reference, which may be a function's ARN with an alias behind it. */
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

const TARGETS: Readonly<Record<string, ToTargets>> = {
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
