import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Answers, Failure, runScript } from './runScript.testing';

const table = (name: string) => ({ Type: 'AWS::DynamoDB::Table', DeletionPolicy: 'Retain', Properties: { name } });
const PACKAGED = {
  Resources: {
    IndexTable: { ...table('index'), DeletionPolicy: 'Delete' },
    TokensTable: table('tokens'),
    InstancesTable: table('instances'),
    Topic: { Type: 'AWS::SNS::Topic' },
  },
};
const BUCKET_ONLY = { Resources: { ServerlessDeploymentBucket: { Type: 'AWS::S3::Bucket' } }, Outputs: { Bucket: {} } };
const NO_STACK = new Failure('An error occurred (ValidationError): Stack with id s-staging does not exist');
const ORPHANS = {
  TableNames: ['s-staging-TokensTable-A', 's-staging-InstancesTable-B', 's-staging2-TokensTable-C', 'x'],
};

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'template-'));
  writeFileSync(join(directory, 'template.json'), JSON.stringify(PACKAGED));
});
afterEach(() => rmSync(directory, { recursive: true }));

const run = (answers: Answers) =>
  runScript(
    'adoptTables.sh',
    ['s-staging', join(directory, 'template.json')],
    [
      ...answers,
      ['cloudformation get-template', { TemplateBody: BUCKET_ONLY }],
      ['cloudformation create-change-set', {}],
      ['cloudformation delete-stack', undefined],
      ['cloudformation wait', undefined],
      ['cloudformation execute-change-set', undefined],
    ],
  );
const inState = (StackStatus: string) => ['cloudformation describe-stacks', { Stacks: [{ StackStatus }] }] as const;

/** The requested change set: its imports and its template. */
function importOf(calls: readonly string[]) {
  const [, resources = 'null', body = 'null'] =
    /create-change-set .* --change-set-type IMPORT --resources-to-import (.*) --template-body (.*)$/s.exec(
      calls.find((call) => call.includes('create-change-set')) ?? '',
    ) ?? [];
  return { resources: JSON.parse(resources), template: JSON.parse(body) };
}
const imported = [
  {
    ResourceType: 'AWS::DynamoDB::Table',
    LogicalResourceId: 'TokensTable',
    ResourceIdentifier: { TableName: 's-staging-TokensTable-A' },
  },
  {
    ResourceType: 'AWS::DynamoDB::Table',
    LogicalResourceId: 'InstancesTable',
    ResourceIdentifier: { TableName: 's-staging-InstancesTable-B' },
  },
];
const { TokensTable, InstancesTable } = PACKAGED.Resources;

describe('adoptTables.sh', () => {
  it("imports the tables of a failed first deployment, and keeps the stack's resources", () => {
    const { status, stdout, calls } = run([inState('UPDATE_ROLLBACK_COMPLETE'), ['dynamodb list-tables', ORPHANS]]);
    expect([status, stdout]).toEqual([0, 'adopted s-staging-TokensTable-A\nadopted s-staging-InstancesTable-B\n']);
    const { Resources, Outputs } = BUCKET_ONLY;
    expect(importOf(calls)).toEqual({
      resources: imported,
      template: { Outputs, Resources: { ...Resources, TokensTable, InstancesTable } },
    });
    expect(calls.slice(-3)).toEqual([
      expect.stringContaining('wait change-set-create-complete'),
      expect.stringContaining('execute-change-set'),
      expect.stringContaining('wait stack-import-complete'),
    ]);
  });

  it('imports them into a new stack if none exists', () => {
    const { status, calls } = run([
      ['cloudformation describe-stacks', NO_STACK],
      ['dynamodb list-tables', ORPHANS],
    ]);
    expect(status).toBe(0);
    expect(importOf(calls)).toEqual({ resources: imported, template: { Resources: { TokensTable, InstancesTable } } });
  });

  it.each(['ROLLBACK_COMPLETE', 'REVIEW_IN_PROGRESS'])('deletes a stack in %s, which cannot be updated', (state) => {
    const { status, calls } = run([inState(state), ['dynamodb list-tables', { TableNames: [] }]]);
    expect(status).toBe(0);
    expect(calls.filter((call) => /delete/.test(call))).toEqual([
      'cloudformation delete-stack --stack-name s-staging',
      'cloudformation wait stack-delete-complete --stack-name s-staging',
    ]);
  });

  it.each([
    ['no stack and no table', ['cloudformation describe-stacks', NO_STACK], { TableNames: ['other-TokensTable-A'] }],
    ['no leftover table', inState('UPDATE_ROLLBACK_COMPLETE'), { TableNames: [] }],
  ] as const)('changes nothing with %s', (_, stack, tables) => {
    const { status, stdout, calls } = run([stack, ['dynamodb list-tables', tables]]);
    expect([status, stdout]).toEqual([0, '']);
    expect(calls.join()).not.toMatch(/delete|change-set/);
  });

  it('ignores a table that the stack already has', () => {
    const TemplateBody = { Resources: { ...BUCKET_ONLY.Resources, TokensTable, InstancesTable } };
    const { status, calls } = run([
      inState('UPDATE_ROLLBACK_COMPLETE'),
      ['cloudformation get-template', { TemplateBody }],
      ['dynamodb list-tables', ORPHANS],
    ]);
    expect(status).toBe(0);
    expect(calls.join()).not.toContain('change-set');
  });

  it('refuses to choose between several tables', () => {
    const TableNames = ['s-staging-TokensTable-A', 's-staging-TokensTable-B'];
    const { status, stderr, calls } = run([
      inState('UPDATE_ROLLBACK_COMPLETE'),
      ['dynamodb list-tables', { TableNames }],
    ]);
    expect(status).toBe(1);
    expect(stderr).toBe(
      'Several tables are left over; delete all but the one to keep: s-staging-TokensTable-A, s-staging-TokensTable-B\n',
    );
    expect(calls.join()).not.toContain('change-set');
  });

  it.each([
    ['the stack cannot be read', [['cloudformation describe-stacks', new Failure('AccessDenied')]]],
    [
      'the tables cannot be listed',
      [inState('UPDATE_ROLLBACK_COMPLETE'), ['dynamodb list-tables', new Failure('AccessDenied')]],
    ],
    [
      'the import is refused',
      [
        ['cloudformation create-change-set', new Failure('AccessDenied')],
        inState('UPDATE_ROLLBACK_COMPLETE'),
        ['dynamodb list-tables', ORPHANS],
      ],
    ],
  ] as const)('fails if %s', (_, answers) => {
    const { status, stderr } = run(answers as unknown as Answers);
    expect(status).not.toBe(0);
    expect(stderr).toContain('AccessDenied');
  });
});
