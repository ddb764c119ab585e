import { isAllowed, type Statement } from './iamPolicy.testing';

const statement = (rest: Partial<Statement>): Statement => ({
  Effect: 'Allow',
  Action: 's3:*',
  Resource: 'arn:aws:s3:::a-*',
  ...rest,
});
const get = { action: 's3:GetObject', resource: 'arn:aws:s3:::a-b/c' };

describe('isAllowed', () => {
  it.each<[about: string, statements: Statement[], request: Parameters<typeof isAllowed>[1], allowed: boolean]>([
    ['refuses what no statement names', [], get, false],
    ['allows what a pattern names, in any case', [statement({ Action: 'S3:get*' })], get, true],
    ['refuses another action', [statement({ Action: ['s3:PutObject', 's3:GetObjectAcl'] })], get, false],
    ['refuses another resource', [statement({ Resource: 'arn:aws:s3:::a-b' })], get, false],
    ['takes ? for one character', [statement({ Resource: 'arn:aws:s3:::a-?/c' })], get, true],
    ['takes a dot for a dot', [statement({ Resource: 'arn:aws:s3:::a-b.c' })], get, false],
    ['refuses * to a statement on named resources', [statement({})], { ...get, resource: '*' }, false],
    ['lets a denial win', [statement({}), statement({ Effect: 'Deny', Action: 's3:Get*' })], get, false],
  ])('%s', (_, statements, request, allowed) => {
    expect(isAllowed(statements, request)).toBe(allowed);
  });

  const limited = (operator: string, values: string | string[]) => [
    statement({ Condition: { [operator]: { key: values } } }),
  ];
  it.each([
    ['StringEquals', ['a', 'b'], 'b', true],
    ['StringEquals', 'a', 'b', false],
    ['StringEquals', 'a', undefined, false],
    ['ForAnyValue:StringEquals', 'a', ['b', 'a'], true],
    ['ForAnyValue:StringEquals', 'a', undefined, false],
    ['StringNotEquals', 'a', 'b', true],
    ['StringNotEquals', 'a', 'a', false],
    ['StringNotEquals', 'a', undefined, true],
    ['ArnLike', 'arn:*:a-*', 'arn:aws:a-b:live', true],
    ['ArnLike', 'arn:*:a-*', undefined, false],
    ['Null', 'true', undefined, true],
    ['Null', 'false', undefined, false],
    ['Null', 'false', 'a', true],
  ])('holds %s %j against %j: %j', (operator, values, actual, allowed) => {
    expect(isAllowed(limited(operator, values), { ...get, context: { key: actual } })).toBe(allowed);
  });

  it('throws for an unknown operator', () => {
    expect(() => isAllowed(limited('StringLike', 'a'), get)).toThrow('StringLike is not known');
  });
});
