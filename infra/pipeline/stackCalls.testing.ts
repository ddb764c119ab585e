/** Lists the calls that CloudFormation makes as the deployer to create, read, update and delete a packaged stack. */
import { type Named, TARGETS, type Target } from './callTargets.testing';
import { types } from './handlerPermissions.json';
import type { Request } from './iamPolicy.testing';
import { physicalName, type Resource } from './physicalName.testing';

export type Stack = { readonly name: string; readonly resources: Readonly<Record<string, Resource>> };
/** A call, and the resource for which it is made. */
export type StackCall = Request & { readonly logicalId: string };

export function callsOf(stack: Stack): StackCall[] {
  return Object.entries(stack.resources).flatMap(([logicalId, resource]) => {
    const { handlers, targets } = describe(stack, logicalId, resource);
    const actions = [...new Set(Object.values(handlers).flat())].filter((action) => isMade(resource, action));
    return [...actions, ...(UNDECLARED[resource.Type] ?? [])].flatMap((action) =>
      targetsOf(action, targets).map(({ arn, context }) => ({
        logicalId,
        action,
        resource: WITHOUT_RESOURCE.test(action) ? '*' : arn,
        context: { 'aws:CalledVia': 'cloudformation.amazonaws.com', ...context },
      })),
    );
  });
}

/** @throws Error for an action of a service for which the resource has no ARN: it would not be checked */
function targetsOf(action: string, targets: readonly Target[]): readonly Target[] {
  const service = action.replace(/:.*/, '').toLowerCase();
  const own = targets.filter(({ arn, only }) => arn.split(':')[2] === service && (!only || only.test(action)));
  const special = own.filter(({ only }) => only);
  if (own.length === 0) throw new Error(`${action} is called on an unknown resource`);
  return special.length > 0 ? special : own;
}

/** Actions that cannot be limited to resources, according to the Service Authorization Reference. */
const WITHOUT_RESOURCE = new RegExp(
  '^(cloudwatch:DescribeAlarms|codedeploy:StopDeployment|lambda:CreateEventSourceMapping' +
    '|logs:(CreateLogDelivery|Describe(IndexPolicies|LogGroups|ResourcePolicies)|PutResourcePolicy))$',
);

/** Calls that the handlers do not declare. */
const UNDECLARED: Readonly<Record<string, readonly string[]>> = {
  'AWS::ApiGatewayV2::Api': ['apigateway:TagResource'], // stack tags propagate to taggable resources
  'AWS::ApiGatewayV2::DomainName': [
    'apigateway:TagResource',
    'apigateway:AddCertificateToDomain', // these according to the Service Authorization Reference
    'apigateway:RemoveCertificateFromDomain',
    'apigateway:UpdateDomainNamePolicy',
    'iam:CreateServiceLinkedRole', // for the first domain of an account
  ],
  // https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html
  'AWS::ApiGatewayV2::Stage': ['logs:CreateLogDelivery', 'logs:PutResourcePolicy', 'logs:DescribeResourcePolicies'],
};

/** Calls that depend on a property, by type. */
const ONLY_FOR: Readonly<Record<string, Readonly<Record<string, RegExp>>>> = {
  'AWS::ApiGatewayV2::Api': { BodyS3Location: /^s3:/ },
  'AWS::ApiGatewayV2::Integration': { CredentialsArn: /^iam:/ },
  'AWS::CodeDeploy::DeploymentGroup': { OnPremisesInstanceTagFilters: /:RegisterOnPremisesInstance$/ },
  'AWS::DynamoDB::Table': {
    ContributorInsightsSpecification: /^iam:/,
    ImportSourceSpecification: /^(s3|logs):/,
    KinesisStreamSpecification: /^kinesis:/,
    KMSMasterKeyId: /^kms:/, // the policy of AWS's own key admits everyone who may use the table
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
