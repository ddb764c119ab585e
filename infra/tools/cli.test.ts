import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { createTerminal } from '../../test/terminal';
import { createProgram, describe as inOneLine, run } from './cli';

jest.setTimeout(30_000); // each test starts a process or two

type Ended = { exitCode: number; stdout: string; stderr: string };

/** `npm run …` as an operator types it. */
const npmRun = (args: string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> =>
  new Promise((resolve) => {
    const options = { cwd: join(__dirname, '../..'), env: { PATH: process.env.PATH, HOME: '/nonexistent', ...env } };
    execFile('npm', ['run', '--silent', ...args], options, (error, stdout, stderr) => {
      resolve({ exitCode: Number(error?.code ?? 0), stdout, stderr });
    });
  });

describe('npm run', () => {
  it.each([
    ['token', ['create', 'add', 'list', 'revoke']],
    ['instances', ['import', 'export']],
  ])('%s -- --help tells what it does', async (tool, commands) => {
    const { exitCode, stdout, stderr } = await npmRun([tool, '--', '--help']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(new RegExp(`^Usage: npm run ${tool} -- \\[options\\] \\[command\\]`));
    for (const command of commands) expect(stdout).toMatch(new RegExp(`^  ${command} .*\\w`, 'm'));
  });

  it('token names the variable that is missing', async () => {
    expect(await npmRun(['token', '--', 'list'])).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: 'error: TOKENS_TABLE is not set\n',
    });
  });

  it('instances tells in a line that DynamoDB cannot be reached', async () => {
    const nowhere = {
      INSTANCES_TABLE: 'instances',
      AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:1',
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'x',
      AWS_SECRET_ACCESS_KEY: 'x',
    };
    const { exitCode, stderr } = await npmRun(['instances', '--', 'export'], nowhere);
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: expect.stringMatching(/^error: .*ECONNREFUSED.*\n$/) });
  });
});

describe('run', () => {
  const failWith = async (error: unknown) => {
    const terminal = createTerminal({});
    const program = createProgram('tool', 'A tool.', terminal).action(() => Promise.reject(error));
    return { exitCode: await run(program, [], terminal), ...terminal.printed };
  };

  it('tells a failure in one line', async () => {
    expect(await failWith(new Error('two\nlines'))).toEqual({ exitCode: 1, stdout: '', stderr: 'error: two lines\n' });
  });

  it('ends quietly when nobody reads any more what it prints', async () => {
    const closed = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });
    expect(await failWith(closed)).toEqual({ exitCode: 0, stdout: '', stderr: '' });
  });

  it.each([
    [
      Object.assign(new Error('Not here'), { name: 'ResourceNotFoundException' }),
      'ResourceNotFoundException: Not here',
    ],
    [new AggregateError([new Error('a'), new Error('b')]), 'a; b'],
    ['text', 'text'],
  ])('describes %p', (error, text) => {
    expect(inOneLine(error)).toBe(text);
  });
});
