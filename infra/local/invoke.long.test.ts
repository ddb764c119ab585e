import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { copyProject, type ProjectCopy } from '../../test/projectCopy';

const root = join(__dirname, '../..');

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

  it('reads standard input with a byte order mark among several files, and warns of a contradictory event', async () => {
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
  ])('ends with code 1 and one line without %s', async (_case, args, env, stderr) => {
    expect(await invoke(args, { env })).toEqual({ code: 1, stdout: '', stderr: expect.stringMatching(stderr) });
  });
});
