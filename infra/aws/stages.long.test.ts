import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type Package, packageService } from '../../test/packageService';

let production: Package;
let throwAway: Package;

beforeAll(() => {
  production = packageService('--stage', 'production');
  throwAway = packageService('--stage', 'dev');
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

it.each(['TokensTable', 'InstancesTable'])('%s is kept, except at a stage to throw away', (table) => {
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

it('the page index is derived, so it is neither kept nor protected', () => {
  for (const { template } of [production, throwAway]) {
    const table = template.Resources.PageIndexTable;
    expect(table).toMatchObject({ DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete' });
    expect(table?.Properties).not.toHaveProperty('DeletionProtectionEnabled');
    expect(table?.Properties).not.toHaveProperty('PointInTimeRecoverySpecification');
  }
});
