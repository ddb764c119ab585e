/**
 * Evaluates CloudWatch's metric math, as far as the alarms use it.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
 */

/** One value per period, oldest first; undefined: missing. */
export type TimeSeries = readonly (number | undefined)[];
type Value = number | TimeSeries;

/** Evaluates an expression. @throws if it uses an unsupported feature */
export function evaluateExpression(expression: string, metrics: ReadonlyMap<string, TimeSeries>): TimeSeries {
  const tokens = expression.match(/[A-Za-z_]\w*|\d+(\.\d+)?|[<>=!]=|[-+*/<>(),]/g) ?? [];
  if (tokens.join('') !== expression.replaceAll(' ', '')) throw new Error(`cannot read ${expression}`);
  const value = new Parser(tokens, metrics).parse();
  if (typeof value === 'number') throw new Error(`${expression} is a number, and an alarm watches a time series`);
  return value;
}

class Parser {
  private next = 0;
  constructor(
    private readonly tokens: readonly string[],
    private readonly metrics: ReadonlyMap<string, TimeSeries>,
  ) {}

  parse(): Value {
    const value = this.logical();
    if (this.next < this.tokens.length) throw new Error(`unexpected ${this.tokens[this.next]}`);
    return value;
  }

  private readonly logical = this.level(() => this.comparison(), {
    AND: (a, b) => Number(a !== 0 && b !== 0),
    OR: (a, b) => Number(a !== 0 || b !== 0),
  });
  private readonly comparison = this.level(() => this.sum(), {
    '<': (a, b) => Number(a < b),
    '>': (a, b) => Number(a > b),
    '<=': (a, b) => Number(a <= b),
    '>=': (a, b) => Number(a >= b),
    '==': (a, b) => Number(a === b),
    '!=': (a, b) => Number(a !== b),
  });
  private readonly sum = this.level(() => this.product(), { '+': (a, b) => a + b, '-': (a, b) => a - b });
  private readonly product = this.level(() => this.operand(), {
    '*': (a, b) => a * b,
    '/': (a, b) => (b === 0 ? undefined : a / b), // "the data point is dropped"
  });

  /** Left-associative operators of one precedence. */
  private level(operand: () => Value, operators: Readonly<Record<string, Operator>>): () => Value {
    return () => {
      let left = operand();
      for (;;) {
        const operator = operators[this.tokens[this.next] ?? ''];
        if (!operator) return left;
        this.next += 1;
        left = combine(left, operand(), operator);
      }
    };
  }

  private operand(): Value {
    const token = this.take();
    if (token === '(') return this.closed(this.logical());
    if (/^\d/.test(token)) return Number(token);
    const metric = this.metrics.get(token);
    if (metric) return metric;
    if (token === 'IF') return this.condition();
    if (token === 'SUM') return this.sumOfFilledMetrics();
    throw new Error(`unknown: ${token}`);
  }

  private condition(): Value {
    this.take('(');
    const condition = this.logical();
    this.take(',');
    const whenTrue = this.logical();
    this.take(',');
    const whenFalse = this.closed(this.logical());
    if (typeof condition === 'number') return condition === 0 ? whenFalse : whenTrue;
    const at = (value: Value, i: number) => (typeof value === 'number' ? value : value[i]);
    return condition.map((is, i) => (is === undefined ? undefined : at(is === 0 ? whenFalse : whenTrue, i)));
  }

  /** `SUM(FILL(METRICS(), 0))` */
  private sumOfFilledMetrics(): TimeSeries {
    for (const token of '( FILL ( METRICS ( ) , 0 ) )'.split(' ')) this.take(token);
    const [first = [], ...others] = [...this.metrics.values()].map((series) => series.map((value) => value ?? 0));
    return others.reduce((sum, series) => sum.map((value, i) => value + (series[i] ?? 0)), first);
  }

  private closed(value: Value): Value {
    this.take(')');
    return value;
  }

  private take(expected?: string): string {
    const token = this.tokens[this.next] ?? 'the end';
    if (expected !== undefined && token !== expected) throw new Error(`${token} instead of ${expected}`);
    this.next += 1;
    return token;
  }
}

type Operator = (a: number, b: number) => number | undefined;

/**
 * "Missing values in a time series are treated as 0", and between two time series "the function treats the missing value
 * in the other time series as 0": the result is missing only if both are.
 */
function combine(left: Value, right: Value, operator: Operator): Value {
  if (typeof left === 'number' && typeof right === 'number') return operator(left, right) ?? Number.NaN;
  const periods = typeof left === 'number' ? (right as TimeSeries) : left;
  return periods.map((_, i) => {
    const a = typeof left === 'number' ? left : left[i];
    const b = typeof right === 'number' ? right : right[i];
    const isMissing =
      typeof left === 'number' ? b === undefined : a === undefined && (b === undefined || typeof right === 'number');
    return isMissing ? undefined : operator(a ?? 0, b ?? 0);
  });
}
