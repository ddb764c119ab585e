import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { embedMetrics } from '../../lib/metrics';
import { type Package, packageService, type Resource } from '../../test/packageService';
import { type Alarm, minutesInAlarm } from './alarm.testing';
import { alarmsOf, Traffic } from './traffic.testing';

let packaged: Package;
let alarms: ReadonlyMap<string, Alarm>;

beforeAll(() => {
  packaged = packageService('--stage', 'production');
  alarms = alarmsOf(packaged.template.Resources);
});

afterAll(() => packaged.remove());

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const START = 24 * HOUR; // nothing happens before
const EXTRA_PERIODS = [0, 3]; // CloudWatch does not document how many more it evaluates

/** Returns the alarms that go off, each with the minute after `START`. */
function ringing(traffic: Traffic, duration: number): Record<string, number> {
  const all = EXTRA_PERIODS.map((extra) => {
    const rung = [...alarms].flatMap(([name, alarm]) => {
      const [first] = minutesInAlarm(alarm, traffic.samples(), START, START + duration, extra);
      return first === undefined ? [] : [[name, first - START / MINUTE] as const];
    });
    return Object.fromEntries(rung);
  });
  for (const one of all) expect(Object.keys(one)).toEqual(Object.keys(all[0] ?? {}));
  return Object.fromEntries(
    Object.keys(all[0] ?? {}).map((name) => [name, Math.max(...all.map((one) => one[name] ?? 0))]),
  );
}

/** Calls `report` every `interval` seconds. */
function every(interval: number, duration: number, report: (at: number, i: number) => void): void {
  for (let i = 0; i * interval < duration; i += 1) report(START + 7 + i * interval, i);
}

/** Simulates a service whose rules run the audit and the synthetic check; the rule of `stopped` stops at `START`. */
function scheduled(duration: number, stopped?: 'AuditPageIndex' | 'CheckRelease'): Traffic {
  const traffic = new Traffic();
  for (const name of ['AuditPageIndex', 'CheckRelease'] as const) {
    const end = name === stopped ? START : START + duration;
    for (let at = START - HOUR; at < end; at += 5 * MINUTE) traffic.ran(name, at + 11);
  }
  return traffic;
}

const functionOf = (name: string, functionVersion: string) => ({
  functionName: `${name}LambdaFunction`,
  functionVersion,
});

/** Records a response of the function, with its log line. */
function answered(traffic: Traffic, at: number, { status = 200, ms = 20, version = 'old' }): void {
  traffic.answered(at, { status, ms, version });
  const counts = { ReadUnits: 2.5, InternalErrors: Number(status === 500) };
  traffic.logged(at, embedMetrics(functionOf('ListLambdaInstances', version), counts, ['InternalErrors']));
}

/** Records a batch of the stream of which `failed` keys could not be counted. */
function counted(traffic: Traffic, at: number, { failed = 0, isRefused = true, version = 'old' } = {}): void {
  traffic.ran('MaintainPageIndex', at, { version });
  traffic.lagged(at, 1_000);
  const counts = { UncountedKeys: failed, InternalErrors: isRefused ? failed : 0 };
  traffic.logged(at, embedMetrics(functionOf('MaintainPageIndex', version), counts, ['InternalErrors']));
}

function corrected(traffic: Traffic, at: number, rows: number): void {
  traffic.logged(at, embedMetrics(functionOf('AuditPageIndex', 'old'), { CorrectedRows: rows }));
}

/** One response in 10 comes from the new version, as in a canary. */
const canary = (i: number) => (i % 10 === 9 ? 'new' : 'old');

describe('no alarm goes off for', () => {
  it('an idle day', () => {
    expect(ringing(scheduled(24 * HOUR), 24 * HOUR)).toEqual({});
  });

  it('a busy hour with requests, changes and audits', () => {
    const traffic = scheduled(HOUR);
    every(2, HOUR, (at, i) => answered(traffic, at, { version: canary(i) }));
    every(20, HOUR, (at, i) => counted(traffic, at, { version: canary(i) }));
    every(5 * MINUTE, HOUR, (at) => corrected(traffic, at, 3)); // changes that the stream delivers a second later
    expect(ringing(traffic, HOUR)).toEqual({});
  });

  it.each([
    ['a single slow answer on a quiet night', HOUR],
    ["one caller's slow list in each of many periods", 5 * MINUTE],
    ['four of them in each period', 75],
  ])('%s', (_, interval) => {
    const traffic = scheduled(2 * HOUR);
    every(interval, 2 * HOUR, (at) => answered(traffic, at, { ms: 3_100 }));
    expect(ringing(traffic, 2 * HOUR)).toEqual({});
  });

  it.each([400, 401, 404, 405])("any number of callers' mistakes that get %d", (status) => {
    const traffic = scheduled(HOUR);
    every(1, HOUR, (at) => answered(traffic, at, { status, version: 'new' }));
    expect(ringing(traffic, HOUR)).toEqual({});
  });

  it('a single slow period of DynamoDB', () => {
    const traffic = scheduled(3 * HOUR);
    every(30 * MINUTE, 3 * HOUR, (at, i) => answered(traffic, at, { status: i === 2 ? 503 : 200 }));
    every(50, 100, (at) => counted(traffic, at, { failed: 3, isRefused: false })); // it is retried
    expect(ringing(traffic, 3 * HOUR)).toEqual({});
  });

  it('a synthetic check that fails once and in its retries', () => {
    const traffic = scheduled(HOUR);
    const at = START + 14 * MINUTE;
    for (const repeated of [0, MINUTE, 3 * MINUTE]) traffic.ran('CheckRelease', at + repeated, { crashes: true });
    expect(ringing(traffic, HOUR)).toEqual({});
  });
});

describe('triggers', () => {
  it('list-errors, at the first 500', () => {
    const traffic = scheduled(HOUR);
    every(MINUTE, HOUR, (at, i) => answered(traffic, at, { status: i === 0 ? 500 : 200 }));
    expect(ringing(traffic, HOUR)).toEqual({ 'list-errors': 3 });
  });

  it('server-errors, if 2 % of many responses are 503', () => {
    const traffic = scheduled(HOUR);
    every(1, HOUR, (at, i) => answered(traffic, at, { status: i % 50 === 0 ? 503 : 200 }));
    expect(ringing(traffic, HOUR)).toEqual({ 'server-errors': 4 });
  });

  it.each([
    ['2 minutes', 2 * MINUTE, 11],
    ['20 minutes', 20 * MINUTE, 41],
    ['hour', HOUR, 121],
  ])('all-answers-failed, if there is only one request every %s', (_, interval, minute) => {
    const traffic = scheduled(6 * HOUR);
    every(interval, 6 * HOUR, (at) => answered(traffic, at, { status: 503 }));
    expect(ringing(traffic, 6 * HOUR)).toEqual({ 'all-answers-failed': minute });
  });

  it('all-answers-failed, if the gateway cannot run the function', () => {
    const traffic = scheduled(HOUR);
    every(4 * MINUTE, HOUR, (at) => traffic.answered(at, { status: 500 }));
    expect(ringing(traffic, HOUR)).toEqual({ 'all-answers-failed': 11 });
  });

  it('latency, if many responses are slow', () => {
    const traffic = scheduled(HOUR);
    every(10, HOUR, (at) => answered(traffic, at, { ms: 3_100 }));
    expect(Object.keys(ringing(traffic, HOUR))).toEqual(['latency']);
  });

  it('maintain-errors, if DynamoDB refuses maintainPageIndex, which reports the failed records', () => {
    const traffic = scheduled(HOUR);
    every(3 * MINUTE, HOUR, (at) => counted(traffic, at, { failed: 2 }));
    expect(ringing(traffic, HOUR)).toEqual({ 'maintain-errors': 11 });
  });

  it('maintain-errors and index-lag, if every run of maintainPageIndex ends after 15 minutes', () => {
    const traffic = scheduled(4 * HOUR);
    every(15 * MINUTE + 20, 4 * HOUR, (at, i) => {
      traffic.ran('MaintainPageIndex', at, { seconds: 15 * MINUTE, crashes: true });
      traffic.lagged(at, i * 15 * MINUTE * 1_000);
    });
    expect(ringing(traffic, 4 * HOUR)).toEqual({ 'index-lag': 47, 'maintain-errors': 47 });
  });

  it('audit-errors, if every run of auditPageIndex ends after 15 minutes', () => {
    const traffic = scheduled(2 * HOUR, 'AuditPageIndex');
    every(5 * MINUTE, 2 * HOUR, (at) => traffic.ran('AuditPageIndex', at, { seconds: 15 * MINUTE, crashes: true }));
    expect(Object.keys(ringing(traffic, 2 * HOUR))).toEqual(['audit-errors']);
  });

  it('audit-missing, if the rule of the audit is disabled', () => {
    const traffic = scheduled(2 * HOUR, 'AuditPageIndex');
    const { 'audit-missing': minute, ...others } = ringing(traffic, 2 * HOUR);
    expect(others).toEqual({});
    expect(minute).toBeGreaterThanOrEqual(26);
    expect(minute).toBeLessThanOrEqual(60);
  });

  it('synthetic-check, if it fails again and again', () => {
    const traffic = scheduled(HOUR, 'CheckRelease');
    every(5 * MINUTE, HOUR, (at) => traffic.ran('CheckRelease', at, { crashes: true }));
    expect(ringing(traffic, HOUR)).toEqual({ 'synthetic-check': 17 });
  });

  it('synthetic-check, if its rule is disabled', () => {
    const { 'synthetic-check': minute, ...others } = ringing(scheduled(HOUR, 'CheckRelease'), HOUR);
    expect(others).toEqual({});
    expect(minute).toBeGreaterThanOrEqual(15);
    expect(minute).toBeLessThanOrEqual(40);
  });

  it('stream-off, if only the audit finds changes', () => {
    const traffic = scheduled(4 * HOUR);
    every(40 * MINUTE, 4 * HOUR, (at) => corrected(traffic, at, 1));
    expect(Object.keys(ringing(traffic, 4 * HOUR))).toEqual(['stream-off']);
  });

  it.each(['MaintainPageIndex', 'AuditPageIndex'])('index-damaged, if %s replaces one node', (name) => {
    const traffic = scheduled(HOUR);
    traffic.logged(START + 3 * MINUTE, embedMetrics(functionOf(name, 'old'), { DamagedNodes: 1 }));
    expect(Object.keys(ringing(traffic, HOUR))).toEqual(['index-damaged']);
  });

  it('too-many-requests, if the rate limit refuses requests', () => {
    const traffic = scheduled(HOUR);
    every(10, HOUR, (at) => limited(traffic, at));
    expect(Object.keys(ringing(traffic, HOUR))).toEqual(['too-many-requests']);
  });
});

/** Records a response of the rate limit: the gateway's own, which a filter finds in its log. */
function limited(traffic: Traffic, at: number): void {
  traffic.answered(at, { status: 429 });
  const line = JSON.parse(accessLogFormat().replace('$context.status', '429').replace('$context.apiId', 'HttpApi'));
  const { FilterPattern, MetricTransformations } = propertiesOf('TooManyRequests') as MetricFilter;
  const [, field = '', text] = /^\{ \$\.(\w+) = "(\w+)" \}$/.exec(FilterPattern) ?? [];
  if (line[field] !== text) return;
  for (const { MetricNamespace, MetricName, MetricValue, Dimensions } of MetricTransformations) {
    const dimensions = Dimensions.map(({ Key, Value }) => ({ Name: Key, Value: line[Value.slice('$.'.length)] }));
    traffic.report(MetricNamespace, MetricName, dimensions, { at, seenAt: at + 120, value: Number(MetricValue) });
  }
}

type MetricFilter = {
  readonly FilterPattern: string;
  readonly MetricTransformations: readonly {
    readonly MetricNamespace: string;
    readonly MetricName: string;
    readonly MetricValue: string;
    readonly Dimensions: readonly { readonly Key: string; readonly Value: string }[];
  }[];
};

const propertiesOf = (resource: string) => packaged.template.Resources[resource]?.Properties ?? {};
const accessLogFormat = () => (propertiesOf('HttpApiStage').AccessLogSettings as { Format: string }).Format;

describe('a release', () => {
  /** Returns the alarms that move its traffic back. */
  const stopping = (traffic: Traffic, duration: number) =>
    Object.entries(ringing(traffic, duration)).filter(([name]) => name.startsWith('new-'));

  it('is moved back if its version answers 500, with 40 requests in 5 minutes', () => {
    const traffic = scheduled(HOUR);
    every(7.5, 15 * MINUTE, (at, i) =>
      answered(traffic, at, { version: canary(i), status: canary(i) === 'new' ? 500 : 200 }),
    );
    expect(stopping(traffic, 15 * MINUTE)).toEqual([['new-list-errors', 4]]);
  });

  it('is moved back if its version crashes', () => {
    const traffic = scheduled(HOUR);
    traffic.ran('ListLambdaInstances', START, { version: 'new', crashes: true });
    traffic.ran('MaintainPageIndex', START, { version: 'new', crashes: true });
    expect(stopping(traffic, 15 * MINUTE).map(([name]) => name)).toEqual(['new-list-errors', 'new-maintain-errors']);
  });

  it('is moved back if DynamoDB refuses its version', () => {
    const traffic = scheduled(HOUR);
    every(5 * MINUTE, 15 * MINUTE, (at) => counted(traffic, at, { failed: 1, version: 'new' }));
    expect(stopping(traffic, 15 * MINUTE).map(([name]) => name)).toEqual(['new-maintain-errors']);
  });

  it('continues if only the old version fails', () => {
    const traffic = scheduled(HOUR);
    every(5, 15 * MINUTE, (at, i) =>
      answered(traffic, at, { version: canary(i), status: canary(i) === 'old' ? 500 : 200 }),
    );
    expect(stopping(traffic, 15 * MINUTE)).toEqual([]);
  });

  it.each([
    ['are refused', { status: 400 }],
    ['take 15 s', { status: 200, ms: 15_000 }],
    ['drain the table, so that all responses are 503', { status: 503, ms: 15_000 }],
  ])("continues if a token holder's lists %s", (_, answer) => {
    const traffic = scheduled(HOUR);
    every(1, 15 * MINUTE, (at, i) => answered(traffic, at, { version: canary(i), ...answer }));
    expect(stopping(traffic, 15 * MINUTE)).toEqual([]);
  });

  it('is watched by exactly these alarms', () => {
    const watching = ['ListLambdaInstances', 'MaintainPageIndex'].map((name) => {
      const { AlarmConfiguration } = propertiesOf(`${name}Release`);
      return (AlarmConfiguration as { Alarms: { Name: { Ref: string } }[] }).Alarms.map(({ Name }) => Name.Ref);
    });
    expect(watching).toEqual([['NewListErrorsAlarm'], ['NewMaintainErrorsAlarm']]);
  });
});

describe('each alarm', () => {
  it('names its section of the runbook', () => {
    const guide = readFileSync(join(__dirname, '../../docs/operations.md'), 'utf8');
    for (const [name, { AlarmDescription }] of alarms) {
      expect(AlarmDescription).toMatch(new RegExp(` docs/operations\\.md#${name}$`));
      expect(guide).toContain(`\n### \`${name}\`\n`); // the heading with this anchor
    }
  });

  it('is counted in the table of costs, with its metrics', () => {
    const isAlwaysThere = ({ Type, Condition }: Resource) => Type === 'AWS::CloudWatch::Alarm' && !Condition;
    const there = Object.entries(packaged.template.Resources).filter(([, resource]) => isAlwaysThere(resource));
    const watching = alarmsOf(Object.fromEntries(there));
    const watched = [...watching.values()].reduce(
      (sum, { Metrics = [{}] }) => sum + Metrics.filter((query) => !('Expression' in query)).length,
      0,
    );
    const guide = readFileSync(join(__dirname, '../../docs/operations.md'), 'utf8');
    const cost = `| ${watching.size}, on ${watched} metrics at 0.10 | ${(watched / 10).toFixed(2)} |`;
    expect(guide).toContain(cost);
  });

  it('is on the dashboard and notifies the topic; those of a release notify only CodeDeploy', () => {
    const resources = Object.entries(packaged.template.Resources);
    const watching = resources.filter(([, { Type }]) => Type === 'AWS::CloudWatch::Alarm');
    const dashboard = JSON.stringify(propertiesOf('Dashboard').DashboardBody);
    for (const [logicalId, { Properties }] of watching) {
      const isOfRelease = logicalId.startsWith('New');
      expect([logicalId, Properties.AlarmActions]).toEqual([
        logicalId,
        isOfRelease ? undefined : [{ Ref: 'AlarmTopic' }],
      ]);
      expect([logicalId, dashboard.includes(`\${${logicalId}.Arn}`)]).toEqual([logicalId, !isOfRelease]);
    }
  });
});
