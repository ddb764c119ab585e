import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GatewayResponse } from '../../lib/http/answer';
import { type BuiltFunction, loadFunction } from '../../test/builtFunction';
import { runLine } from '../../test/commandLine';
import { type Database, openDatabase } from './database';
import { openPageIndex } from './pageIndex';

const root = join(__dirname, '../..');

const EVERYTHING = '1 3 4 5 7';
const FIRST_PAGE = '1 3';

/** The status, and the ids or the problem, as in events/README.md. */
const ANSWERS: Record<string, readonly [status: number, shown: string]> = {
  everything: [200, EVERYTHING],
  page: [200, '4 5'],
  'past-the-end': [404, 'page-out-of-range'],
  'no-token': [401, 'invalid-token'],
  'wrong-token': [401, 'invalid-token'],
  'bad-parameters': [400, 'bad-parameter'],
  'http-api-v2': [200, FIRST_PAGE],
  'function-url': [200, FIRST_PAGE],
  'rest-api-v1': [200, FIRST_PAGE],
  'rest-api-v1-null-maps': [200, FIRST_PAGE],
  alb: [200, FIRST_PAGE],
  'alb-multi-value': [200, FIRST_PAGE],
  'alb-health-check': [401, 'invalid-token'],
};

/** The ids of a list, or the last part of a problem's type. */
function shownIn(body: string): string {
  const { data, type } = JSON.parse(body) as { data?: readonly { id: number }[]; type?: string };
  return data?.map(({ id }) => id).join(' ') ?? String(type?.split(':').at(-1));
}

describe('the sample events', () => {
  let database: Database;
  let list: BuiltFunction;
  beforeAll(async () => {
    database = await openDatabase({});
    await openPageIndex(database);
    list = loadFunction('listLambdaInstances', { ...database.environment });
  });
  afterAll(async () => {
    await list.stop();
    await database.stop();
  });

  const readEvent = (name: string): unknown => JSON.parse(readFileSync(join(root, 'events', `${name}.json`), 'utf8'));

  it.each(Object.entries(ANSWERS))('%s is answered %j', async (name, expected) => {
    const { statusCode, body } = (await list.invoke(readEvent(name))) as GatewayResponse;
    expect([statusCode, shownIn(body)]).toEqual(expected);
  });

  it('stream-batch is counted', async () => {
    const maintain = loadFunction('maintainPageIndex', { ...database.environment });
    expect(await maintain.invoke(readEvent('stream-batch'))).toEqual({ batchItemFailures: [] });
    await maintain.stop();
  });

  it('are all here', () => {
    const files = readdirSync(join(root, 'events')).filter((file) => file.endsWith('.json'));
    expect(files.sort()).toEqual([...Object.keys(ANSWERS), 'stream-batch'].map((name) => `${name}.json`).sort());
  });
});

it('npm run invoke prints the answer to stdout and the log to stderr', async () => {
  const { exitCode, stdout, stderr } = await runLine('npm run --silent invoke -- events/page.json');
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^200 OK\n(\S+: .*\n)*x-total-count: 5\n(\S+: .*\n)*\n\{\n {2}"data": \[\n/);
  expect(stdout).toContain('"name": "Another Lambda Instance"');
  expect(JSON.parse(stderr)).toMatchObject({ message: 'request', path: '/backend/lambda-instances' });
});
