import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { INSTANCES } from '../test/documented';
import { EVENT_FORMATS, type EventFormat } from '../test/events';
import { authorized, SimulatedApi, tableIn } from '../test/simulatedApi';
import { runQuery } from './logsInsights.testing';

const read = (file: string) => readFileSync(join(__dirname, '..', file), 'utf8');
const [, block = ''] =
  /log group of `listLambdaInstances`:\n\n```\n([\s\S]*?)```/.exec(read('docs/operations.md')) ?? [];
/** The runbook's queries by the comment above each. */
const QUERIES = new Map(
  block
    .trim()
    .split('\n\n')
    .map((part): [string, string] => {
      const [comment = '', query = ''] = part.split('\n');
      return [comment.replace('# ', ''), query];
    }),
);

let api: SimulatedApi;
let lines: readonly Readonly<Record<string, unknown>>[];

// An hour of the function's own log: two callers, mistakes, refusals, a damaged record and an outage.
beforeAll(async () => {
  const [format] = EVENT_FORMATS as [EventFormat];
  api = new SimulatedApi(() => jest.requireActual('../handlers/listLambdaInstances'), { isIndexed: true });
  api.reset([...INSTANCES, { id: { N: '100' } }]);
  await api.buildIndex();
  const [frequent, rare] = [
    await api.putToken({ tokenId: { S: 'frequent' } }),
    await api.putToken({ tokenId: { S: 'rare' } }),
  ];
  const revoked = await api.putToken({ tokenId: { S: 'revoked' }, revoked: { BOOL: true } });
  for (let page = 1; page <= 3; page += 1) {
    await api.ask(format, { query: `limit=1&page=${page}`, headers: authorized(frequent) });
  }
  await api.ask(format, { headers: authorized(rare) });
  await api.ask(format, { query: 'limit=0&page=1', headers: authorized(rare) });
  await api.ask(format, { headers: authorized(revoked) });
  await api.ask(format, {});
  api.carryOut(async (command, execute) => {
    if (tableIn(command) === 'instances') throw Object.assign(new Error('slow down'), { name: 'ThrottlingException' });
    return execute();
  });
  await api.ask(format, { headers: authorized(frequent) });
  lines = api.lines;
});

afterAll(() => jest.restoreAllMocks());

const run = (name: string, id = '') => runQuery(QUERIES.get(name)?.replace('<id>', id) ?? '', lines);

describe("the runbook's queries, over what the function logs", () => {
  it('show failures with their cause', () => {
    const rows = run('what failed, with its cause');
    expect(rows.map(({ level, message }) => [level, message])).toEqual(
      expect.arrayContaining([
        ['warn', 'DynamoDB was not available'],
        ['warn', 'damaged records were listed'],
      ]),
    );
    expect(rows.find(({ message }) => message === 'DynamoDB was not available')).toMatchObject({
      'error.name': 'UnavailableError',
      'error.cause.message': 'slow down',
    });
  });

  it('show one request', () => {
    const { requestId } = lines.at(-1) ?? {};
    const rows = run('one request', String(requestId));
    expect(rows.length).toBeGreaterThanOrEqual(2);
    expect(rows.at(-1)).toMatchObject({ message: 'request', status: 503, problem: 'unavailable' });
  });

  it('show callers, frequency and cost', () => {
    const rows = run('who calls, how often, at which cost');
    expect(rows.map(({ tokenId, requests }) => [tokenId, requests])).toEqual(
      expect.arrayContaining([
        ['frequent', 4],
        ['rare', 2],
        ['revoked', 1],
        [undefined, 1],
      ]),
    );
    const units = rows.map((row) => Number(row.units));
    expect(units).toEqual(units.toSorted((a, b) => b - a));
  });

  it('show answers by status and problem', () => {
    expect(run('answers by status and problem')).toEqual(
      expect.arrayContaining([
        { status: 200, problem: undefined, requests: 4 },
        { status: 400, problem: 'non-positive-parameter', requests: 1 },
        { status: 401, problem: 'invalid-token', requests: 2 },
        { status: 503, problem: 'unavailable', requests: 1 },
      ]),
    );
  });

  it('show why tokens and parameters were refused', () => {
    expect(run('why tokens and parameters were refused')).toEqual(
      expect.arrayContaining([
        { problem: 'invalid-token', reason: 'revoked', tokenId: 'revoked', parameter: undefined, requests: 1 },
        { problem: 'invalid-token', reason: 'missing', tokenId: undefined, parameter: undefined, requests: 1 },
        { problem: 'non-positive-parameter', reason: undefined, tokenId: 'rare', parameter: 'limit', requests: 1 },
      ]),
    );
  });

  it('show the use of a token', () => {
    const rows = run('what a token was used for', 'frequent');
    expect(rows.map(({ status, requests }) => [status, requests])).toEqual([
      [200, 3],
      [503, 1],
    ]);
  });

  it('show the slowest answers, and in which step', () => {
    const [slowest, ...others] = run('the slowest answers, and in which step');
    for (const { durationMs } of others) expect(Number(durationMs)).toBeLessThanOrEqual(Number(slowest?.durationMs));
    expect(others.length).toBe(7);
    expect([slowest, ...others].some((row) => row?.limit === 1 && Number(row['steps.token']) >= 0)).toBe(true);
  });

  it('are all tested here', () => {
    expect([...QUERIES.keys()].length).toBe(7);
  });
});

describe("the dashboard's queries, over what the function logs", () => {
  const queries = [...read('infra/aws/dashboard.yml').matchAll(/"query": "(.+)"/g)].map(([, query = '']) =>
    query.replaceAll(/SOURCE '[^']+' \| /g, ''),
  );

  it('show callers, and the latest warnings and errors', () => {
    const [callers, latest] = queries.map((query) => runQuery(query, lines));
    expect(callers?.map(({ tokenId, requests }) => [tokenId, requests])[0]).toEqual(['frequent', 4]);
    expect(latest?.map(({ level }) => level)).toEqual(expect.arrayContaining(['warn']));
  });
});
