import { type Package, packageService } from '../../test/packageService';
import { findMistakes } from './validateTemplate';

let packaged: Package;

beforeAll(() => {
  packaged = packageService('--stage', 'production');
});

afterAll(() => packaged.remove());

/** The packaged template with one passage changed in its JSON text. */
function planted(right: string, wrong: string): object {
  const text = JSON.stringify(packaged.template);
  if (!text.includes(right)) throw new Error(`The template has no ${right}`);
  return JSON.parse(text.replace(right, wrong));
}

it('accepts the packaged template', () => {
  expect(findMistakes(packaged.template)).toEqual([]);
});

it.each([
  ['a misspelt property', '"BillingMode"', '"BilingMode"', /BilingMode/],
  ['a value outside an enumeration', '"PAY_PER_REQUEST"', '"PAY_BY_REQUEST"', /PAY_BY_REQUEST/],
  ['a runtime that does not exist', '"nodejs24.x"', '"nodejs99.x"', /nodejs99/],
  ['a type that does not exist', '"AWS::SNS::Topic"', '"AWS::SNS::Topik"', /Topik/],
  ['an undefined reference', '{"Ref":"AlarmTopic"}', '{"Ref":"AlarmTopik"}', /AlarmTopik/],
  ['an attribute that the resource lacks', '"TokensTable","Arn"', '"TokensTable","Arm"', /Arm/],
  [
    'a substitution of nothing',
    '{ListLambdaInstancesLambdaFunction}',
    '{ListLambdaInstancesLambdaFunctio}',
    /LambdaFunctio\b/,
  ],
  ['an undefined dependency', '"DependsOn":["', '"DependsOn":["No', /No/],
  ['a key without its definition', ',{"AttributeName":"id","AttributeType":"N"}', '', /AttributeDefinitions/],
])(
  'finds %s',
  (_mistake, right, wrong, finding) => {
    const mistakes = findMistakes(planted(right, wrong));
    expect(mistakes.join('\n')).toMatch(finding);
  },
  60_000,
);
