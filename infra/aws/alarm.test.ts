import { stateOf } from './alarm.testing';
import { evaluateExpression } from './metricMath.testing';

const THREE = { EvaluationPeriods: 3, Threshold: 0, ComparisonOperator: 'GreaterThanThreshold' };
const parse = (points: string) => points.split(' ').map((point) => ({ '0': 0, X: 1 })[point]);

// The two tables of the page that alarm.testing.ts names: five data points, and the state for each treatment of missing points.
describe("an alarm, according to the tables of CloudWatch's documentation", () => {
  it.each([
    ['0 - X - X', 'OK', 'OK'],
    ['0 - - - -', 'OK', 'OK'],
    ['- - - - -', 'ALARM', 'OK'],
    ['0 X X - X', 'ALARM', 'ALARM'],
    ['- - X - -', 'ALARM', 'OK'],
  ])(
    'evaluates three of three data points %s as %s if missing points breach, otherwise as %s',
    (points, breaching, notBreaching) => {
      expect(stateOf({ ...THREE, TreatMissingData: 'breaching' }, parse(points))).toBe(breaching);
      expect(stateOf({ ...THREE, TreatMissingData: 'notBreaching' }, parse(points))).toBe(notBreaching);
    },
  );

  it.each([
    ['0 - X - X', 'ALARM', 'ALARM'],
    ['0 0 X 0 X', 'ALARM', 'ALARM'],
    ['0 - X - -', 'ALARM', 'OK'],
    ['- - - - 0', 'ALARM', 'OK'],
    ['- - - X -', 'ALARM', 'OK'],
  ])(
    'evaluates two of three data points %s as %s if missing points breach, otherwise as %s',
    (points, breaching, notBreaching) => {
      const alarm = { ...THREE, DatapointsToAlarm: 2 };
      expect(stateOf({ ...alarm, TreatMissingData: 'breaching' }, parse(points))).toBe(breaching);
      expect(stateOf({ ...alarm, TreatMissingData: 'notBreaching' }, parse(points))).toBe(notBreaching);
    },
  );
});

describe("a metric math expression, according to CloudWatch's documentation", () => {
  const metrics = new Map([
    ['a', [6, undefined, 2, undefined]],
    ['b', [3, 5, 0, undefined]],
  ]);

  it.each([
    ['a + b', [9, 5, 2, undefined]], // "missing values in a time series are treated as 0"
    ['a / b', [2, 0, undefined, undefined]], // dividing by zero drops the data point
    ['b > a', [0, 1, 0, undefined]], // "treats the missing value in the other time series as 0"
    ['a >= 6', [1, undefined, 0, undefined]],
    ['100 * a / b', [200, 0, undefined, undefined]],
    ['a - b - 1', [2, -6, 1, undefined]],
    ['IF(a >= 6 AND b == 3, b, 0)', [3, 0, 0, undefined]],
    ['IF((a > 1 OR b > 4), 1, 0)', [1, 1, 1, undefined]],
    ['SUM(FILL(METRICS(), 0))', [9, 5, 2, 0]],
  ])('%s', (expression, expected) => {
    expect(evaluateExpression(expression, metrics)).toEqual(expected);
  });

  it.each(['ANOMALY_DETECTION_BAND(a)', 'c', 'a +', 'a % b', '(a', '1 + 1'])('refuses %s', (expression) => {
    expect(() => evaluateExpression(expression, metrics)).toThrow();
  });
});
