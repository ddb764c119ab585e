import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Package, packageService } from '../../test/packageService';
import { findMistakes } from '../build/validateTemplate';
import { ACCOUNT } from './callTargets.testing';
import { deployerRole, deployerTemplate, deployerText } from './deployerRole.testing';
import { type Context, isAllowed, type Statement } from './iamPolicy.testing';
import { generatedName } from './physicalName.testing';
import { callsOf, type StackCall } from './stackCalls.testing';
import { parseWorkflow } from './workflowRules.testing';

const role = deployerRole('production');

describe("the pipeline's role", () => {
  it('is valid for CloudFormation', () => {
    expect(deployerText).not.toMatch(/\s[&*]\w/); // CloudFormation does not support YAML aliases
    expect(findMistakes(deployerTemplate)).toEqual([]);
  });

  it('can be assumed only by jobs of this repository in the environment of the stage', () => {
    expect(role.AssumeRolePolicyDocument.Statement).toEqual([
      expect.objectContaining({
        Action: 'sts:AssumeRoleWithWebIdentity',
        Condition: {
          StringEquals: {
            'token.actions.githubusercontent.com:aud': 'sts.amazonaws.com',
            'token.actions.githubusercontent.com:sub': 'repo:octo-org/octo-repo:environment:production',
          },
        },
      }),
    ]);
  });

  // https://github.com/aws-actions/configure-aws-credentials#immutable-subject-claims
  it.each([
    ['octo-org/octo-repo', true],
    ['octo-org@123456/octo-repo@789012', true],
    ['octo.org/octo_repo', true],
    ['octo-org/octo-repo@789012', false],
    ['octo-org@123456/octo-repo', false],
    ['octo-org@x/octo-repo@y', false],
    ['octo-org/*', false],
    ['*/octo-repo', false],
    ['octo-org@*/octo-repo@*', false],
    ['octo-org@1?/octo-repo@1', false],
    ['octo-org/octo-repo:environment:production', false],
    ['repo:octo-org/octo-repo', false],
    ['octo-repo', false],
  ])('accepts the subject of repository %s: %j', (repository, isTaken) => {
    const pattern = new RegExp(`^(?:${deployerTemplate.Parameters.Repository.AllowedPattern})$`); // CloudFormation matches all of it
    expect(pattern.test(repository)).toBe(isTaken);
  });

  it('has sessions as long as the pipeline requests', () => {
    const workflow = readFileSync(join(__dirname, '../../.github/workflows/deploy.yml'), 'utf8');
    const steps = parseWorkflow(workflow).jobs.deploy?.steps ?? [];
    const enter = steps.find(({ uses }) => uses?.startsWith('aws-actions/'));
    expect(enter?.with?.['role-duration-seconds']).toBe(role.MaxSessionDuration);
  });

  it("is within IAM's size limit", () => {
    const policy = JSON.stringify(role.Policies[0].PolicyDocument);
    expect(policy.length).toBeLessThan(10_240); // characters of all inline policies, without white space
  });
});

describe('names that CloudFormation generates', () => {
  it.each([
    [
      'serverless-tv-trader-prod',
      'WatcherEventsRuleSchedule1',
      64,
      'serverless-tv-trader-prod-WatcherEventsRuleSchedul-',
    ],
    [
      'rardash-jobs-dev',
      'CreateFakeOrdersEventsRuleSchedule1',
      64,
      'rardash-jobs-dev-CreateFakeOrdersEventsRuleSchedul-',
    ],
    [
      'lambda-info-http-endpoint-x-dev',
      'serverlessdeploymentbucket',
      63,
      'lambda-info-http-endpoin-serverlessdeploymentbuck-',
    ],
    ['short', 'Queue', 80, 'short-Queue-'],
  ])('of %s and %s, at most %d characters', (stack, logicalId, longest, start) => {
    const name = generatedName(stack, logicalId, longest);
    expect(name.slice(0, start.length)).toBe(start);
    expect(name.length).toBeLessThanOrEqual(longest);
  });
});

const statementsOf = (stage: string) => deployerRole(stage).Policies[0].PolicyDocument.Statement;

describe.each(['production', 'staging'])('the permissions of %s', (stage) => {
  let packaged: Package;
  let calls: StackCall[];
  beforeAll(() => {
    packaged = packageService(
      '--stage',
      stage,
      '--param',
      'domainName=api.example.org',
      '--param',
      'alarmEmail=a@example.org',
    );
    calls = callsOf({ name: `lambda-instances-api-${stage}`, resources: packaged.template.Resources });
  }, 120_000);
  afterAll(() => packaged.remove());

  const refused = (statements: readonly Statement[]) => calls.filter((call) => !isAllowed(statements, call));

  it('suffice to create, read, update and delete each resource of the stack', () => {
    expect(calls.length).toBeGreaterThan(500);
    expect(refused(statementsOf(stage))).toEqual([]);
  });

  it.each([
    [
      'cloudformation:CreateChangeSet',
      `arn:aws:cloudformation:eu-central-1:${ACCOUNT}:stack/lambda-instances-api-${stage}/*`,
    ],
    ['cloudformation:ValidateTemplate', '*'],
    ['s3:PutObject', 'arn:aws:s3:::lambda-instances-api-pro-serverlessdeploymentbuck-x/serverless/x'],
    [
      'lambda:GetFunction',
      `arn:aws:lambda:eu-central-1:${ACCOUNT}:function:lambda-instances-api-${stage}-checkRelease`,
    ],
    [
      'lambda:UpdateAlias',
      `arn:aws:lambda:eu-central-1:${ACCOUNT}:function:lambda-instances-api-${stage}-listLambdaInstances`,
    ],
    ['codedeploy:StopDeployment', '*'],
    [
      'dynamodb:UpdateItem',
      `arn:aws:dynamodb:eu-central-1:${ACCOUNT}:table/lambda-instances-api-${stage}-TokensTable-x`,
    ],
  ])("suffice for the pipeline's own call: %s", (action, resource) => {
    expect(isAllowed(statementsOf(stage), { action, resource, context: { 's3:ResourceAccount': ACCOUNT } })).toBe(true);
  });

  const without = (action: string) =>
    statementsOf(stage).map((statement) => ({
      ...statement,
      Action: [statement.Action].flat().flatMap((pattern) => {
        const [service] = action.split(':');
        if (pattern === action) return [];
        return pattern === `${service}:*`
          ? [...new Set(calls.map((call) => call.action))].filter(
              (called) => called.toLowerCase().startsWith(`${service}:`) && called !== action,
            )
          : pattern;
      }),
    }));

  it.each([
    'apigateway:TagResource',
    'codedeploy:GetDeploymentConfig',
    'codedeploy:StopDeployment',
    'dynamodb:UpdateTimeToLive',
    'events:PutRule',
    'iam:CreateServiceLinkedRole',
    'iam:ListRolePolicies',
    'iam:PassRole',
    'lambda:PublishVersion',
    'lambda:TagResource',
    'logs:DescribeIndexPolicies',
    's3:PutBucketPolicy',
    'sns:Subscribe',
    'sqs:TagQueue',
  ])('would not suffice without %s', (action) => {
    const missing = refused(without(action));
    expect(missing.length).toBeGreaterThan(0);
    for (const call of missing) expect(call.action).toBe(action);
  });

  it('would not suffice for a rule with a generated name, roles without their path, or an unknown type', () => {
    const { Resources } = packaged.template;
    const rule = Resources.AuditPageIndexEventsRuleSchedule1;
    const { Name: _, ...properties } = rule?.Properties ?? {};
    const stack = {
      name: `lambda-instances-api-${stage}`,
      resources: { Rule: { ...rule, Type: 'AWS::Events::Rule', Properties: properties } },
    };
    const renamed = (logicalId: string) => callsOf({ ...stack, resources: { [logicalId]: stack.resources.Rule } });
    const generated = renamed('AuditPageIndexEventsRuleSchedule1');
    expect(generated.filter((call) => isAllowed(statementsOf(stage), call))).toEqual([]);
    const role = { Type: 'AWS::IAM::Role', Properties: {} };
    const onRole = callsOf({ ...stack, resources: { Role: role } });
    expect(onRole.filter((call) => isAllowed(statementsOf(stage), call))).toEqual([]);
    expect(() => callsOf({ ...stack, resources: { X: { Type: 'AWS::EC2::VPC', Properties: {} } } })).toThrow(
      'nothing is known',
    );
  });

  const viaCloudFormation = { 'aws:CalledVia': 'cloudformation.amazonaws.com' };
  it.each<[about: string, action: string, resource: string, context?: Context]>([
    ["another stage's function", 'lambda:DeleteFunction', 'lambda:REGION:ACCOUNT:function:lambda-instances-api-dev-x'],
    ["another stage's table", 'dynamodb:GetItem', 'dynamodb:REGION:ACCOUNT:table/lambda-instances-api-dev-x'],
    [
      "another stage's stack",
      'cloudformation:DeleteStack',
      'cloudformation:REGION:ACCOUNT:stack/lambda-instances-api-dev/x',
    ],
    ["another stage's role", 'iam:PutRolePolicy', 'iam::ACCOUNT:role/lambda-instances-api-dev/x'],
    ["another project's role", 'iam:PutRolePolicy', 'iam::ACCOUNT:role/lambda-instances-api-x'],
    ["the deployer's own role", 'iam:PutRolePolicy', `iam::ACCOUNT:role/lambda-instances-deployer-${stage}-Deployer-x`],
    ['a managed policy', 'iam:AttachRolePolicy', `iam::ACCOUNT:role/lambda-instances-api-${stage}/x`],
    [
      'a role for another service',
      'iam:PassRole',
      `iam::ACCOUNT:role/lambda-instances-api-${stage}/x`,
      { 'iam:PassedToService': 'ec2.amazonaws.com' },
    ],
    [
      "another account's bucket",
      's3:PutObject',
      's3:::lambda-instances-api-x/y',
      { 's3:ResourceAccount': '210987654321' },
    ],
    ['an API, but through CloudFormation', 'apigateway:DELETE', 'apigateway:REGION::/apis/x'],
    [
      'an API of another name',
      'apigateway:DELETE',
      'apigateway:REGION::/apis/x',
      { ...viaCloudFormation, 'apigateway:Resource/ApiName': 'dev-lambda-instances-api' },
    ],
    [
      "another function's stream",
      'lambda:DeleteEventSourceMapping',
      'lambda:REGION:ACCOUNT:event-source-mapping:x',
      { 'lambda:FunctionArn': `arn:aws:lambda:eu-central-1:${ACCOUNT}:function:other` },
    ],
    ['a deployment configuration', 'codedeploy:DeleteDeploymentConfig', 'codedeploy:REGION:ACCOUNT:deploymentconfig:x'],
    [
      "another service's linked role",
      'iam:CreateServiceLinkedRole',
      'iam::ACCOUNT:role/aws-service-role/x/y',
      { 'iam:AWSServiceName': 'x' },
    ],
    ["another project's rule", 'events:PutRule', 'events:REGION:ACCOUNT:rule/x'],
    ['a user', 'iam:CreateUser', 'iam::ACCOUNT:user/x'],
  ])('do not reach %s', (_, action, resource, context = {}) => {
    const arn = `arn:aws:${resource.replace('REGION', 'eu-central-1').replace('ACCOUNT', ACCOUNT)}`;
    expect(isAllowed(statementsOf(stage), { action, resource: arn, context })).toBe(false);
  });

  it('allow an action on all resources only where AWS does not support resources', () => {
    const unlimited = statementsOf(stage).filter(({ Resource, Condition }) => Resource === '*' && !Condition);
    expect(
      unlimited.flatMap(({ Action }) => Action).filter((action) => !/:(Describe|Get|List|Validate)/.test(action)),
    ).toEqual([
      'logs:PutResourcePolicy',
      'logs:CreateLogDelivery',
      'logs:DeleteLogDelivery',
      'logs:UpdateLogDelivery',
      'codedeploy:StopDeployment',
    ]);
  });
});
