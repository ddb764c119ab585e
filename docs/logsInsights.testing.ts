/**
 * CloudWatch Logs Insights' query language, as far as the runbook uses it.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html
 */
type Value = string | number | undefined;
type Row = ReadonlyMap<string, Value>;

/** Runs a query over log lines that are JSON objects. @throws Error for unimplemented syntax and unknown fields */
export function runQuery(query: string, lines: readonly object[]): Record<string, Value>[] {
  let rows: readonly Row[] = lines.map(flatten);
  const known = new Set(rows.flatMap((row) => [...row.keys()]));
  for (const command of query.split('|').map((text) => text.trim())) {
    const [, name = '', rest = ''] = /^(\w+) (.*)$/.exec(command) ?? [];
    const run = COMMANDS[name];
    if (!run) throw new Error(`unknown command: ${command}`);
    rows = run(rest, rows, known);
  }
  return rows.map((row) => Object.fromEntries(row));
}

/** The fields that Logs Insights discovers: of nested objects joined with dots, and `@timestamp`. */
function flatten(line: object): Row {
  const row = new Map<string, Value>();
  const visit = (value: unknown, name: string): void => {
    if (typeof value === 'object' && value !== null) {
      for (const [key, inner] of Object.entries(value)) visit(inner, name === '' ? key : `${name}.${key}`);
    } else row.set(name, typeof value === 'number' ? value : String(value));
  };
  visit(line, '');
  return row.set('@timestamp', Date.parse(String(row.get('time'))));
}

type Command = (text: string, rows: readonly Row[], known: Set<string>) => readonly Row[];

const COMMANDS: Readonly<Record<string, Command>> = {
  filter: (text, rows, known) => rows.filter((row) => meets(text, row, known)),
  fields: (text, rows, known) => {
    const names = list(text).map((name) => fieldOf(name, known));
    return rows.map((row) => new Map(names.map((name) => [name, row.get(name)])));
  },
  stats: (text, rows, known) => aggregate(text, rows, known),
  sort: (text, rows, known) => {
    const [, name = '', order] = /^(\S+) (asc|desc)$/.exec(text) ?? [];
    const sign = order === 'desc' ? -1 : 1;
    return rows.toSorted((a, b) => sign * compare(a.get(fieldOf(name, known)), b.get(name)));
  },
  limit: (text, rows) => rows.slice(0, Number(text)),
};

const list = (text: string): string[] => text.split(/,\s*(?![^()]*\))/);

function fieldOf(name: string, known: ReadonlySet<string>): string {
  if (!known.has(name)) throw new Error(`no line has the field ${name}`);
  return name;
}

const compare = (a: Value, b: Value): number =>
  typeof a === 'number' && typeof b === 'number' ? a - b : String(a ?? '').localeCompare(String(b ?? ''));

/** `a = "x"`, `a != 1`, `a >= 1`, `a in ["x", "y"]`, `ispresent(a)`, joined with `and`. */
function meets(condition: string, row: Row, known: ReadonlySet<string>): boolean {
  return condition.split(' and ').every((text) => {
    const [, present] = /^ispresent\((\S+)\)$/.exec(text) ?? [];
    if (present) return row.get(fieldOf(present, known)) !== undefined;
    const [, name = '', operator = '', literal = ''] = /^(\S+) (=|!=|>=|in) (.+)$/.exec(text) ?? [];
    const value = row.get(fieldOf(name, known));
    const expected: unknown = JSON.parse(literal.replaceAll("'", '"'));
    if (operator === 'in') return (expected as Value[]).includes(value);
    if (operator === '>=') return Number(value) >= Number(expected);
    return (String(value) === String(expected)) === (operator === '=');
  });
}

function aggregate(text: string, rows: readonly Row[], known: Set<string>): Row[] {
  const [columns = '', by = ''] = text.split(' by ');
  const keys = by === '' ? [] : list(by);
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const key = JSON.stringify(keys.map((name) => keyOf(name, row, known)));
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  const named = list(columns).map((column) => {
    const [, call = '', name = call] = /^(.+?)(?: as (\w+))?$/.exec(column) ?? [];
    known.add(name);
    return { call, name };
  });
  return [...groups.values()].map((group) => {
    const [first = new Map()] = group;
    const values = named.map(({ call, name }) => [name, measure(call, group, known)] as const);
    return new Map<string, Value>([...keys.map((name) => [name, keyOf(name, first, known)] as const), ...values]);
  });
}

const HOUR_MS = 3_600_000;

function keyOf(name: string, row: Row, known: ReadonlySet<string>): Value {
  if (name !== 'bin(1h)') return row.get(fieldOf(name, known));
  return Math.floor(Number(row.get('@timestamp')) / HOUR_MS) * HOUR_MS;
}

function measure(call: string, rows: readonly Row[], known: ReadonlySet<string>): Value {
  if (call === 'count()') return rows.length;
  const [, name = '', field = '', percent] = /^(sum|max|avg|pct)\((\S+?)(?:, (\d+))?\)$/.exec(call) ?? [];
  const all = rows.map((row) => row.get(fieldOf(field, known))).filter((value) => value !== undefined);
  if (name === 'max') return all.toSorted(compare).at(-1);
  const numbers = all.map(Number).sort((a, b) => a - b);
  const sum = numbers.reduce((total, value) => total + value, 0);
  if (name === 'sum') return sum;
  if (name === 'avg') return sum / numbers.length;
  if (name === 'pct') return numbers[Math.max(0, Math.ceil((Number(percent) / 100) * numbers.length) - 1)];
  throw new Error(`unknown function: ${call}`);
}
