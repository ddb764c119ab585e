import { type Answers, Failure, InTurn, runScript } from './runScript.testing';

const FOLDER = 'serverless/lambda-instances-api/staging';
const OLD = 1795552889056;
const NEW = 1795639289056;
const folderOf = (timestamp: number) => `${FOLDER}/${timestamp}-${new Date(timestamp).toISOString()}`;

type Function = 'List' | 'Audit';
/** A package's template: each function with its alias and a version whose logical id ends with what it is made of. */
const template = (timestamp: number, made: Record<Function, string>) => {
  const functions = Object.entries(made).flatMap(([name, id]) => [
    [`${name}LambdaFunction`, { Type: 'AWS::Lambda::Function', Properties: { FunctionName: `api-${name}` } }],
    [`${name}Version${id}`, { Type: 'AWS::Lambda::Version', Properties: { CodeSha256: `sha-${id}` } }],
    [
      `${name}LiveAlias`,
      {
        Type: 'AWS::Lambda::Alias',
        UpdatePolicy: { CodeDeployLambdaAliasUpdate: {} },
        Properties: {
          FunctionName: { Ref: `${name}LambdaFunction` },
          FunctionVersion: { 'Fn::GetAtt': [`${name}Version${id}`, 'Version'] },
        },
      },
    ],
  ]);
  const Code = { S3Key: `${folderOf(timestamp)}/listLambdaInstances.zip` };
  return {
    Resources: {
      ...Object.fromEntries(functions),
      ListLambdaInstancesLambdaFunction: { Type: 'AWS::Lambda::Function', Properties: { Code } },
    },
  };
};
const BEFORE = template(OLD, { List: 'A', Audit: 'A' });
const AFTER = template(NEW, { List: 'B', Audit: 'A' });

const resource = (id: string, PhysicalResourceId: string) =>
  [`--logical-resource-id ${id}`, { StackResourceDetail: { PhysicalResourceId } }] as const;
const inState = (...states: string[]) =>
  [
    'cloudformation describe-stacks',
    new InTurn(...states.map((StackStatus) => ({ Stacks: [{ StackStatus }] }))),
  ] as const;
const versions = (name: string, codes: string[]) =>
  [
    `list-versions-by-function --function-name ${name}`,
    {
      Versions: [
        { Version: '$LATEST', CodeSha256: 'sha-A' },
        ...codes.map((code, at) => ({ Version: `${at + 1}`, CodeSha256: `sha-${code}` })),
      ],
    },
  ] as const;

/** A stable stack that runs the newer package. */
const run = (args: string[], answers: Answers = [], deployed: object = AFTER) =>
  runScript(
    'rollBack.sh',
    ['lambda-instances-api-staging', ...args],
    [
      ...answers,
      inState('UPDATE_COMPLETE'),
      resource('Releases', 'releases'),
      resource('ListLambdaInstancesRelease', 'list-release'),
      resource('MaintainPageIndexRelease', 'maintain-release'),
      resource('ServerlessDeploymentBucket', 'bucket'),
      resource('ListVersionA', 'arn:aws:lambda:x:1:function:api-List:1'),
      resource('ListVersionB', 'arn:aws:lambda:x:1:function:api-List:12'),
      resource('AuditVersionA', 'arn:aws:lambda:x:1:function:api-Audit:3'),
      ['deploy list-deployments', { deployments: [] }],
      ['deploy stop-deployment', {}],
      ['cloudformation get-template', { TemplateBody: deployed }],
      ['--prefix released/', { Contents: [OLD, NEW].map((at) => ({ Key: `released/${at}` })) }],
      [
        's3api list-objects-v2',
        {
          Contents: [OLD - 5, OLD, NEW].flatMap((at) =>
            ['compiled-cloudformation-template.json', 'listLambdaInstances.zip'].map((file) => ({
              Key: `${folderOf(at)}/${file}`,
            })),
          ),
        },
      ],
      versions('api-List', ['A', 'x', 'x', 'x', 'x', 'x', 'x', 'x', 'A', 'x', 'x', 'B']),
      versions('api-Audit', ['A', 'A', 'A']),
      ['lambda update-alias', {}],
      ['cloudformation cancel-update-stack', undefined],
      ['cloudformation continue-update-rollback', undefined],
      ['cloudformation wait', undefined],
      ['cloudformation deploy', undefined],
    ],
    { [`s3://bucket/${folderOf(OLD)}/compiled-cloudformation-template.json`]: BEFORE },
  );

const moved = (calls: readonly string[]) => calls.filter((call) => call.startsWith('lambda update-alias'));
const to = (name: string, version: number) =>
  `lambda update-alias --function-name ${name} --name live --function-version ${version} --routing-config {"AdditionalVersionWeights":{}}`;

describe('rollBack.sh', () => {
  it('moves traffic to the versions of the last package that passed its smoke test, then the stack, without CodeDeploy', () => {
    const { status, stdout, stderr, calls, deployed } = run([]);
    expect([status, stderr]).toEqual([0, '']);
    expect(moved(calls)).toEqual([to('api-List', 9), to('api-Audit', 3)]); // the newest with its code; what did not change
    expect(calls.at(-1)).toMatch(
      /^cloudformation deploy --stack-name lambda-instances-api-staging .*--s3-bucket bucket/,
    );
    const { Resources } = JSON.parse(deployed ?? '');
    expect(JSON.stringify(Resources)).not.toContain('UpdatePolicy');
    expect(Object.keys(Resources)).toEqual(Object.keys(BEFORE.Resources));
    expect(stdout).toBe(
      `api-List serves version 9\napi-Audit serves version 3\nlambda-instances-api-staging runs package ${OLD}\n`,
    );
  });

  it('moves traffic before anything that takes minutes', () => {
    const { calls } = run([], [inState('UPDATE_ROLLBACK_FAILED')]);
    const at = (part: string) => calls.findIndex((call) => call.includes(part));
    expect(at('update-alias')).toBeLessThan(at('continue-update-rollback'));
    expect(at('continue-update-rollback')).toBeLessThan(at('wait stack-rollback-complete'));
    expect(at('wait stack-rollback-complete')).toBeLessThan(at('cloudformation deploy'));
  });

  it('stops a deployment under way, and does not update a stack that has rolled back by itself', () => {
    const { status, stdout, calls } = run(
      [String(OLD)],
      [
        ['--deployment-group-name list-release', { deployments: ['d-1'] }],
        inState('UPDATE_IN_PROGRESS', 'UPDATE_ROLLBACK_IN_PROGRESS', 'UPDATE_ROLLBACK_COMPLETE'),
      ],
      BEFORE,
    );
    expect(status).toBe(0);
    expect(calls).toContain('deploy stop-deployment --deployment-id d-1 --auto-rollback-enabled');
    expect(calls).toContain('cloudformation cancel-update-stack --stack-name lambda-instances-api-staging');
    expect(moved(calls)).toEqual([to('api-List', 1), to('api-Audit', 3)]); // clears what was still shared
    expect(calls.join()).not.toContain('cloudformation deploy');
    expect(stdout).toContain(`runs package ${OLD}`);
  });

  it.each([
    ['there is no such package', ['1700000000000'], [], 'holds no package 1700000000000; it holds: 1795552889051'],
    [
      'no version has its code',
      [],
      [versions('api-List', ['x'])],
      `api-List has no version with the code of package ${OLD}`,
    ],
    [
      'only the version that serves has its code',
      [],
      [versions('api-List', [...Array(11).fill('x'), 'A'])],
      'has no version',
    ],
    [
      'the stack cannot be read',
      [],
      [['cloudformation describe-stack-resource', new Failure('AccessDenied')]],
      'AccessDenied',
    ],
    [
      'no package before it passed its smoke test',
      [],
      [['--prefix released/', {}]],
      `holds no package that passed its smoke test before ${NEW}; it holds: ${OLD - 5} ${OLD} ${NEW}`,
    ],
  ] as const)('fails, and moves nothing, if %s', (_, args, answers, message) => {
    const { status, stderr, calls } = run([...args], answers as unknown as Answers);
    expect(status).not.toBe(0);
    expect(stderr).toContain(message);
    expect(moved(calls)).toEqual([]);
    expect(calls.join()).not.toContain('cloudformation deploy');
  });
});

it('noteRelease.sh records the package that the stack runs', () => {
  const { status, calls } = runScript(
    'noteRelease.sh',
    ['stack'],
    [
      ['cloudformation get-template', { TemplateBody: AFTER }],
      resource('ServerlessDeploymentBucket', 'bucket'),
      ['s3api put-object', {}],
    ],
  );
  expect(status).toBe(0);
  expect(calls.at(-1)).toMatch(new RegExp(`^s3api put-object --bucket bucket --key released/${NEW}`));
});
