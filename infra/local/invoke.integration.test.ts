import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type BuiltFunction, loadFunction } from '../../test/builtFunction';
import { copyProject } from '../../test/projectCopy';
import { type Database, openDatabase } from './database';
import { openPageIndex } from './pageIndex';

const root = join(__dirname, '../..');

/** What events/README.md says. */
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

  it.each(Object.entries(STATUSES))('%s gets %i', async (name, statusCode) => {
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

describe('npm run invoke', () => {
  const invoke = (directory: string, ...args: string[]) =>
    promisify(execFile)('npm', ['run', 'invoke', '--silent', '--', ...args], {
      cwd: directory,
      env: { ...process.env, AWS_ENDPOINT_URL_DYNAMODB: '', LOG_LEVEL: '' },
    });

  it('shows the answer, and logs elsewhere', async () => {
    const project = copyProject();
    const { stdout, stderr } = await invoke(project.directory, 'events/page.json');
    project.remove();
    expect(stdout).toMatch(/^200 OK\n(\S+: .*\n)*x-total-count: 5\n(\S+: .*\n)*\n\{\n {2}"data": \[\n/);
    expect(stdout).toContain('"name": "Another Lambda Instance"');
    expect(JSON.parse(stderr)).toMatchObject({ message: 'request', path: '/backend/lambda-instances' });
  });

  it.each([
    ['an event', [], /^Usage: npm run invoke .+\n$/],
    ['a file that is there', ['events/none.json'], /^events\/none.json: ENOENT.+\n$/],
    ['a file of JSON', ['events/README.md'], /^events\/README.md: .+\n$/],
    ['a function of serverless.yml', ['events/page.json', 'none'], /^serverless.yml has no function none\n$/],
  ])(
    'ends with code 1 and one line without %s',
    async (_case, args, stderr) => {
      const failure = { code: 1, stdout: '', stderr: expect.stringMatching(stderr) };
      await expect(invoke(root, ...args)).rejects.toMatchObject(failure);
    },
    20_000,
  );
});
