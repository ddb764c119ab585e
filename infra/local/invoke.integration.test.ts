import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type BuiltFunction, loadFunction } from '../../test/builtFunction';
import { copyProject, type ProjectCopy } from '../../test/projectCopy';
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

describe('npm run invoke', () => {
  let project: ProjectCopy;
  beforeAll(() => {
    project = copyProject();
  });
  afterAll(() => project.remove());

  /** Runs it, and resolves to its exit code and output. */
  async function invoke(args: readonly string[], { env = {}, input = '' }: { env?: object; input?: string } = {}) {
    const npm = spawn('npm', ['run', 'invoke', '--silent', '--', ...args], {
      cwd: project.directory,
      env: { ...process.env, AWS_ENDPOINT_URL_DYNAMODB: '', LOG_LEVEL: '', ...env },
    });
    npm.stdin.end(input);
    const [stdout, stderr, [code]] = await Promise.all([text(npm.stdout), text(npm.stderr), once(npm, 'close')]);
    return { code, stdout, stderr };
  }

  it('shows the answer, and logs to stderr', async () => {
    const { code, stdout, stderr } = await invoke(['events/page.json']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^200 OK\n(\S+: .*\n)*x-total-count: 5\n(\S+: .*\n)*\n\{\n {2}"data": \[\n/);
    expect(stdout).toContain('"name": "Another Lambda Instance"');
    expect(JSON.parse(stderr)).toMatchObject({ message: 'request', path: '/backend/lambda-instances' });
  });

  it('takes standard input with a byte order mark among several files, and says where an event contradicts itself', async () => {
    const event = JSON.parse(readFileSync(join(root, 'events/page.json'), 'utf8'));
    const input = `\ufeff${JSON.stringify({ ...event, rawQueryString: 'limit=1&page=2' })}`;
    const { stdout, stderr } = await invoke(['events/no-token.json', '-'], { input, env: { LOG_LEVEL: 'silent' } });
    expect(stdout).toMatch(/^== events\/no-token.json\n401 Unauthorized\n(.*\n)*== -\n200 OK\n/);
    expect(JSON.parse(stdout.slice(stdout.lastIndexOf('\n{')))).toMatchObject({ data: [{ id: 3 }] });
    expect(stderr).toBe(
      '-: rawQueryString and queryStringParameters differ in limit; the function reads rawQueryString\n',
    );
  });

  it('invokes another function', async () => {
    const { stdout } = await invoke(['events/stream-batch.json', '--function', 'maintainPageIndex']);
    expect(JSON.parse(stdout)).toEqual({ batchItemFailures: [] });
  });

  it('names the TypeScript line of an error in the function', async () => {
    const file = join(project.directory, 'handlers/listLambdaInstances.ts');
    const source = readFileSync(file, 'utf8');
    writeFileSync(file, 'export const handler = async () => {\n  throw new Error("wrong");\n};\n');
    const { code, stdout, stderr } = await invoke(['events/page.json']);
    writeFileSync(file, source);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^Error: wrong\n {4}at .*handlers\/listLambdaInstances\.ts:2:/);
  });

  it.each([
    ['a file that exists', ['events/none.json'], {}, /^events\/none.json: ENOENT.+\n$/],
    ['a file of JSON', ['events/README.md'], {}, /^events\/README.md: .+\n$/],
    ['an event on standard input', [], {}, /^standard input: .+\n$/],
    ['a function of serverless.yml', ['events/page.json', '-f', 'none'], {}, /^serverless.yml has no function none\n$/],
    ['a log level', ['events/page.json'], { LOG_LEVEL: 'loud' }, /^LOG_LEVEL must be .+\n$/],
    ['a known option', ['--funktion', 'x'], {}, /^error: unknown option '--funktion'\n\(Did you mean --function\?\)\n/],
  ])('ends with code 1 and a line that says so without %s', async (_case, args, env, stderr) => {
    expect(await invoke(args, { env })).toEqual({ code: 1, stdout: '', stderr: expect.stringMatching(stderr) });
  });
});
