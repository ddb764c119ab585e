import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type Package, packageService } from '../../test/packageService';

let production: Package;
let throwAway: Package;

beforeAll(() => {
  production = packageService('--stage', 'production');
  throwAway = packageService('--stage', 'dev', '--param', 'tracing=Active', '--param', 'syntheticCheck=true');
}, 120_000);

afterAll(() => {
  production.remove();
  throwAway.remove();
});

it.each(['listLambdaInstances', 'maintainPageIndex', 'auditPageIndex', 'checkRelease'])(
  '%s has the same zip at every stage',
  (name) => {
    const digest = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex');
    expect(digest(throwAway.zip(name))).toBe(digest(production.zip(name)));
  },
);

it.each(['TokensTable', 'InstancesTable'])('%s is retained, except in a disposable stage', (table) => {
  const definition = (isKept: boolean) => ({
    DeletionPolicy: isKept ? 'Retain' : 'Delete',
    UpdateReplacePolicy: isKept ? 'Retain' : 'Delete',
    Properties: {
      BillingMode: 'PAY_PER_REQUEST',
      SSESpecification: { SSEEnabled: true },
      DeletionProtectionEnabled: isKept,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: isKept },
    },
  });
  expect(production.template.Resources[table]).toMatchObject(definition(true));
  expect(throwAway.template.Resources[table]).toMatchObject(definition(false));
});

it('the page index is derived, so it is neither retained nor protected', () => {
  for (const { template } of [production, throwAway]) {
    const table = template.Resources.PageIndexTable;
    expect(table).toMatchObject({ DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete' });
    expect(table?.Properties).not.toHaveProperty('DeletionProtectionEnabled');
    expect(table?.Properties).not.toHaveProperty('PointInTimeRecoverySpecification');
  }
});

it('the functions are traced if the stage enables it', () => {
  const modes = ({ template }: Package) =>
    Object.values(template.Resources).flatMap(({ Type, Properties }) =>
      Type === 'AWS::Lambda::Function' ? (Properties.TracingConfig as { Mode: string }).Mode : [],
    );
  expect(modes(throwAway)).toEqual(Array(4).fill('Active'));
  expect(modes(production)).toEqual(Array(4).fill('PassThrough'));
  const isTraced = ({ template }: Package) => template.Conditions.IsTraced;
  expect([isTraced(throwAway), isTraced(production)]).toEqual([
    { 'Fn::Equals': ['Active', 'Active'] },
    { 'Fn::Equals': ['PassThrough', 'Active'] },
  ]);
});

it('the synthetic check runs if the stage enables it', () => {
  const isChecked = ({ template }: Package) => template.Conditions.HasSyntheticCheck;
  expect([isChecked(throwAway), isChecked(production)]).toEqual([
    { 'Fn::Equals': [true, true] },
    { 'Fn::Equals': [false, true] },
  ]);
});
