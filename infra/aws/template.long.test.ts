import { readFileSync } from 'node:fs';
import { unzipSync } from 'fflate';
import { type Package, packageService, type Resource } from '../../test/packageService';

let packaged: Package;

beforeAll(() => {
  packaged = packageService('--stage', 'production');
});

afterAll(() => packaged.remove());

const resource = (name: string): Resource => {
  const found = packaged.template.Resources[name];
  if (!found) throw new Error(`The template has no ${name}`);
  return found;
};

const ofType = (...types: string[]): Resource[] =>
  Object.values(packaged.template.Resources).filter(({ Type }) => types.includes(Type));

const arnOf = (name: string, attribute = 'Arn') => ({ 'Fn::GetAtt': [name, attribute] });
const live = (name: string) => ({ 'Fn::Join': [':', [arnOf(`${name}LambdaFunction`), 'live']] });

const FUNCTIONS = ['ListLambdaInstances', 'MaintainPageIndex', 'AuditPageIndex'];

describe('the functions', () => {
  it.each(FUNCTIONS)("%s has a supported runtime and no tracing, and ends before API Gateway's timeout", (name) => {
    const { Properties } = resource(`${name}LambdaFunction`);
    expect(Properties).toMatchObject({
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      TracingConfig: { Mode: 'PassThrough' },
      Role: arnOf(`${name}Role`),
    });
    if (name === 'ListLambdaInstances') expect(Properties.Timeout).toBeLessThan(29);
  });

  it.each(FUNCTIONS)('%s keeps its log for a month', (name) => {
    expect(resource(`${name}LogGroup`).Properties.RetentionInDays).toBe(30);
  });

  it.each(FUNCTIONS)('%s has a zip with only its bundle and the licences', (name) => {
    const functionName = name.charAt(0).toLowerCase() + name.slice(1);
    const files = Object.keys(unzipSync(readFileSync(packaged.zip(functionName))));
    expect(files.sort()).toEqual(['dist/NOTICE', `dist/${functionName}.js`]);
    expect(resource(`${name}LambdaFunction`).Properties.Handler).toBe(`dist/${functionName}.handler`);
  });

  it("have the tables and the stage's settings in their environment", () => {
    const maintainer = {
      INSTANCES_TABLE: { Ref: 'InstancesTable' },
      PAGE_INDEX_TABLE: { Ref: 'PageIndexTable' },
      LOG_LEVEL: 'info',
    };
    const environments = FUNCTIONS.map((name) => resource(`${name}LambdaFunction`).Properties.Environment);
    expect(environments).toEqual([
      { Variables: { ...maintainer, TOKENS_TABLE: { Ref: 'TokensTable' }, PUBLIC_BASE_URL: '', CORS_ORIGINS: '' } },
      { Variables: maintainer },
      { Variables: maintainer },
    ]);
  });
});

describe('the HTTP API', () => {
  it('routes every method and path to the function', () => {
    expect(ofType('AWS::ApiGatewayV2::Route').map(({ Properties }) => Properties)).toEqual([
      {
        ApiId: { Ref: 'HttpApi' },
        RouteKey: '$default',
        Target: { 'Fn::Join': ['/', ['integrations', { Ref: 'HttpApiIntegrationListLambdaInstances' }]] },
      },
    ]);
  });

  it('may invoke the function for every method and path', () => {
    const sources = ofType('AWS::Lambda::Permission')
      .filter(({ Properties }) => Properties.Principal === 'apigateway.amazonaws.com')
      .map(({ Properties }) => (Properties.SourceArn as { 'Fn::Join': [string, unknown[]] })['Fn::Join'][1].slice(-2));
    expect(sources).toEqual([[{ Ref: 'HttpApi' }, '/*']]);
  });

  it('limits the rate and the burst, and logs each request in JSON without a header', () => {
    const { DefaultRouteSettings, AccessLogSettings } = resource('HttpApiStage').Properties;
    expect(DefaultRouteSettings).toMatchObject({ ThrottlingRateLimit: 200, ThrottlingBurstLimit: 400 });
    const format = (AccessLogSettings as { Format: string }).Format;
    expect(Object.keys(JSON.parse(format))).toEqual(expect.arrayContaining(['requestId', 'status', 'latencyMs']));
    expect(format).not.toContain('header');
    expect(resource('HttpApiLogGroup').Properties.RetentionInDays).toBe(30);
  });
});

describe('permissions', () => {
  type Statement = { Action: string | string[]; Resource: unknown };
  const statements = (role: string): Statement[] =>
    (resource(role).Properties.Policies as { PolicyDocument: { Statement: Statement[] } }[]).flatMap(
      ({ PolicyDocument }) => PolicyDocument.Statement,
    );
  const onTables = (role: string) =>
    statements(role)
      .filter(({ Action }) => String(Action).startsWith('dynamodb:'))
      .map(({ Action, Resource }) => [Action, Resource]);

  const count = ['dynamodb:Query', arnOf('InstancesTable')];
  const keep = [['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:DeleteItem'], arnOf('PageIndexTable')];
  const sweep = ['dynamodb:Scan', arnOf('PageIndexTable')];
  const follow = [
    ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator', 'dynamodb:ListStreams'],
    arnOf('InstancesTable', 'StreamArn'),
  ];

  it('let the list function only read', () => {
    const read = ['dynamodb:GetItem', [arnOf('TokensTable'), arnOf('PageIndexTable')]];
    expect(onTables('ListLambdaInstancesRole')).toEqual([read, count]);
  });

  it('let the upkeep functions write only the page index', () => {
    expect(onTables('MaintainPageIndexRole')).toEqual([count, keep, follow]);
    expect(onTables('AuditPageIndexRole')).toEqual([count, keep, sweep]);
  });

  it('let a function write to its own log', () => {
    for (const name of FUNCTIONS) {
      const onLogs = statements(`${name}Role`).filter(({ Action }) => String(Action).startsWith('logs:'));
      expect(onLogs.map(({ Resource }) => Resource)).toEqual([arnOf(`${name}LogGroup`)]);
    }
  });

  it('name actions, and resources where AWS supports them', () => {
    const roles = Object.entries(packaged.template.Resources).filter(([, { Type }]) => Type === 'AWS::IAM::Role');
    for (const { Action, Resource } of roles.flatMap(([role]) => statements(role))) {
      expect(String(Action)).not.toContain('*');
      if (Resource === '*') expect(String(Action)).toMatch(/^(xray:Put|cloudwatch:DescribeAlarms$)/);
    }
    for (const [, { Properties }] of roles) expect(Properties).not.toHaveProperty('ManagedPolicyArns');
  });
});

describe('the stream', () => {
  it('delivers insertions and removals of lambda instances, and keeps failed batches for an operator', () => {
    const { Properties } = resource('MaintainPageIndexEventSourceMappingDynamodbInstancesTable');
    expect(Properties).toMatchObject({
      EventSourceArn: arnOf('InstancesTable', 'StreamArn'),
      StartingPosition: 'TRIM_HORIZON',
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      BisectBatchOnFunctionError: true,
      MaximumRetryAttempts: 30,
      MaximumRecordAgeInSeconds: 3600,
      DestinationConfig: { OnFailure: { Destination: arnOf('FailedBatches') } },
    });
    const { Filters } = Properties.FilterCriteria as { Filters: { Pattern: string }[] };
    expect(Filters.map(({ Pattern }) => JSON.parse(Pattern))).toEqual([
      { eventName: ['INSERT', 'REMOVE'], dynamodb: { Keys: { collection: { S: ['lambda-instances'] } } } },
    ]);
    expect(resource('FailedBatches').Properties.MessageRetentionPeriod).toBe(14 * 24 * 3600);
  });
});

describe('a release', () => {
  it('is called through the alias that CodeDeploy moves', () => {
    const ofRelease = (type: string) => ofType(type).filter(({ Condition }) => Condition !== 'HasSyntheticCheck');
    const called = [
      ...ofRelease('AWS::ApiGatewayV2::Integration').map(({ Properties }) => Properties.IntegrationUri),
      ...ofRelease('AWS::Lambda::EventSourceMapping').map(({ Properties }) => Properties.FunctionName),
      ...ofRelease('AWS::Lambda::Permission').map(({ Properties }) => Properties.FunctionName),
      ...ofRelease('AWS::Events::Rule').map(({ Properties }) => (Properties.Targets as { Arn: unknown }[])[0]?.Arn),
    ];
    expect(called).toHaveLength(5);
    for (const target of called) expect(FUNCTIONS.map(live)).toContainEqual(target);
  });

  it.each(FUNCTIONS)('of %s points its alias at the version of this package', (name) => {
    const { FunctionVersion } = resource(`${name}LiveAlias`).Properties;
    const [version] = (FunctionVersion as { 'Fn::GetAtt': [string, string] })['Fn::GetAtt'];
    expect(resource(version)).toMatchObject({
      Type: 'AWS::Lambda::Version',
      DeletionPolicy: 'RetainExceptOnCreate', // a deployment that failed can be tried again
      Properties: { FunctionName: { Ref: `${name}LambdaFunction` } },
    });
  });

  it.each(['ListLambdaInstances', 'MaintainPageIndex'])('of %s is shifted and watched', (name) => {
    expect(resource(`${name}LiveAlias`).UpdatePolicy).toMatchObject({
      CodeDeployLambdaAliasUpdate: { DeploymentGroupName: { Ref: `${name}Release` } },
    });
    const { AlarmConfiguration, AutoRollbackConfiguration } = resource(`${name}Release`).Properties;
    expect(AutoRollbackConfiguration).toMatchObject({ Enabled: true });
    const { Enabled, Alarms } = AlarmConfiguration as { Enabled: boolean; Alarms: { Name: { Ref: string } }[] };
    expect(Enabled).toBe(true);
    for (const { Name } of Alarms) expect(resource(Name.Ref).Type).toBe('AWS::CloudWatch::Alarm');
  });
});

describe('the synthetic check', () => {
  it('runs checkRelease every five minutes, with the aliases in its environment', () => {
    const checkRelease = arnOf('CheckReleaseLambdaFunction');
    expect(resource('SyntheticCheck').Properties).toEqual({
      Name: 'lambda-instances-api-production-check',
      ScheduleExpression: 'rate(5 minutes)',
      Targets: [{ Id: 'checkRelease', Arn: checkRelease }],
    });
    expect(resource('SyntheticCheckPermission').Properties).toEqual({
      FunctionName: checkRelease,
      Action: 'lambda:InvokeFunction',
      Principal: 'events.amazonaws.com',
      SourceArn: arnOf('SyntheticCheck'),
    });
    expect(resource('CheckReleaseLambdaFunction').Properties.Environment).toMatchObject({
      Variables: {
        LIST_LAMBDA_INSTANCES_LIVE: {
          'Fn::Sub': expect.stringMatching(/^\$\{ListLambdaInstancesLambdaFunction\.Arn\}:live$/),
        },
        MAINTAIN_PAGE_INDEX_LIVE: {
          'Fn::Sub': expect.stringMatching(/^\$\{MaintainPageIndexLambdaFunction\.Arn\}:live$/),
        },
      },
    });
  });

  it('exists only under its condition, with its permission and its alarm', () => {
    const conditional = Object.entries(packaged.template.Resources).filter(
      ([, { Condition }]) => Condition === 'HasSyntheticCheck',
    );
    expect(conditional.map(([name]) => name).sort()).toEqual([
      'SyntheticCheck',
      'SyntheticCheckAlarm',
      'SyntheticCheckPermission',
    ]);
  });
});

describe('the dashboard', () => {
  type Conditional = { SyntheticCheckAlarmIfAny: { 'Fn::If': [string, { 'Fn::Sub': string }, string] } };

  it('is valid for CloudWatch', () => {
    const { DashboardBody } = resource('Dashboard').Properties;
    const [body, { SyntheticCheckAlarmIfAny }] = (DashboardBody as { 'Fn::Sub': [string, Conditional] })['Fn::Sub'];
    const [condition, { 'Fn::Sub': itsAlarm }, none] = SyntheticCheckAlarmIfAny['Fn::If'];
    expect(condition).toBe('HasSyntheticCheck');
    for (const text of [itsAlarm, none]) {
      expect(JSON.parse(body.replace(/\$\{SyntheticCheckAlarmIfAny\}/, text)).widgets.length).toBeGreaterThan(5);
    }
  });
});
