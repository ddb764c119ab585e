/**
 * Evaluates the IAM policy of a role according to
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html: a matching denial refuses,
 * otherwise a matching permission allows. Throws for unknown operators.
 */
type Strings = string | readonly string[];
type Conditions = Readonly<Record<string, Readonly<Record<string, Strings>>>>;
export type Statement = {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: Strings;
  readonly Resource: Strings;
  readonly Condition?: Conditions;
};
/** Condition keys with their values in the request. */
export type Context = Readonly<Record<string, Strings | undefined>>;
export type Request = { readonly action: string; readonly resource: string; readonly context?: Context };

export function isAllowed(statements: readonly Statement[], request: Request): boolean {
  const matching = statements.filter((statement) => applies(statement, request));
  return matching.length > 0 && matching.every(({ Effect }) => Effect === 'Allow');
}

function applies({ Action, Resource, Condition = {} }: Statement, { action, resource, context = {} }: Request) {
  return (
    list(Action).some((pattern) => isLike(action.toLowerCase(), pattern.toLowerCase())) &&
    list(Resource).some((pattern) => isLike(resource, pattern)) &&
    Object.entries(Condition).every(([operator, keys]) =>
      Object.entries(keys).every(([key, values]) => isMet(operator, list(context[key] ?? []), list(values))),
    )
  );
}

/** @throws Error for an operator that the policies here do not use */
function isMet(operator: string, actual: readonly string[], expected: readonly string[]): boolean {
  switch (operator) {
    case 'StringEquals':
    case 'ForAnyValue:StringEquals':
      return actual.some((value) => expected.includes(value));
    case 'StringNotEquals': // also true for a missing key
      return !actual.some((value) => expected.includes(value));
    case 'ArnLike':
      return actual.some((value) => expected.some((pattern) => isLike(value, pattern)));
    case 'Null':
      return String(actual.length === 0) === expected[0];
    default:
      throw new Error(`The condition operator ${operator} is not known here`);
  }
}

const list = (values: Strings): readonly string[] => (typeof values === 'string' ? [values] : values);

/** `*` stands for any characters, `?` for one. */
function isLike(text: string, pattern: string): boolean {
  const source = pattern
    .replace(/[\\^$.|+()[\]{}]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(text);
}
