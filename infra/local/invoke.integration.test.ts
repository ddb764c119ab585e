import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BuiltFunction, loadFunction } from '../../test/builtFunction';
import { runLine } from '../../test/commandLine';
import { type Database, openDatabase } from './database';
import { openPageIndex } from './pageIndex';

const root = join(__dirname, '../..');

/** As in events/README.md. */
const STATUSES: Record<string, number> = {
  everything: 200,
  page: 200,
  'past-the-end': 404,
  'no-token': 401,
  'wrong-token': 401,
  'bad-parameters': 400,
  'http-api-v2': 200,
  'function-url': 200,
  'rest-api-v1': 200,
  'rest-api-v1-null-maps': 200,
  alb: 200,
  'alb-multi-value': 200,
  'alb-health-check': 401,
};

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

  it.each(Object.entries(STATUSES))('%s is answered %i', async (name, statusCode) => {
    expect(await list.invoke(readEvent(name))).toMatchObject({ statusCode });
  });

  it('stream-batch is counted', async () => {
    const maintain = loadFunction('maintainPageIndex', { ...database.environment });
    expect(await maintain.invoke(readEvent('stream-batch'))).toEqual({ batchItemFailures: [] });
    await maintain.stop();
  });

  it('are all here', () => {
    const files = readdirSync(join(root, 'events')).filter((file) => file.endsWith('.json'));
    expect(files.sort()).toEqual([...Object.keys(STATUSES), 'stream-batch'].map((name) => `${name}.json`).sort());
  });
});

it('npm run invoke prints the answer to stdout and the log to stderr', async () => {
  const { exitCode, stdout, stderr } = await runLine('npm run --silent invoke -- events/page.json');
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^200 OK\n(\S+: .*\n)*x-total-count: 5\n(\S+: .*\n)*\n\{\n {2}"data": \[\n/);
  expect(stdout).toContain('"name": "Another Lambda Instance"');
  expect(JSON.parse(stderr)).toMatchObject({ message: 'request', path: '/backend/lambda-instances' });
});
