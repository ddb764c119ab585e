import { scripts } from '../../package.json';
import { runLine } from '../../test/commandLine';
import { createProgram, run } from './cli';
import { untilAborted } from './interruption';
import { print } from './output';
import { createTerminal } from './terminal.testing';

it('prints its usage with --help, as package.json starts it', async () => {
  const { exitCode, stdout, stderr } = await runLine(`${scripts.token} --help`);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(stdout).toMatch(/^Usage: npm run token -- \[options\]/);
});

describe('run', () => {
  const runAction = async (action: (terminal: ReturnType<typeof createTerminal>) => Promise<void>) => {
    const terminal = createTerminal({});
    const program = createProgram('tool', 'A tool.', terminal).action(() => action(terminal));
    return { exitCode: await run(program, [], terminal), ...terminal.printed };
  };

  it('reports a failure in one line', async () => {
    const failed = await runAction(() => Promise.reject(new Error('two\nlines')));
    expect(failed).toEqual({ exitCode: 1, stdout: '', stderr: 'error: two lines\n' });
  });

  it('ends silently if the reader has closed the pipe', async () => {
    const closed = await runAction(async ({ stdout }) => {
      stdout.write = () => {
        throw Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });
      };
      await print(stdout, 'text');
    });
    expect(closed).toEqual({ exitCode: 0, stdout: '', stderr: '' });
  });

  it('ends at once when interrupted', async () => {
    const interrupted = await runAction(async ({ interruption }) => {
      interruption.interrupt('SIGTERM');
      await new Promise(() => {});
    });
    expect(interrupted).toEqual({ exitCode: 143, stdout: '', stderr: 'error: interrupted by SIGTERM\n' });
  });

  it('leaves an interruption to a command that handles it', async () => {
    const interrupted = await runAction(async ({ interruption, stdout }) => {
      const signal = interruption.handle();
      async function* numbers() {
        yield 1;
        interruption.interrupt('SIGINT');
        await new Promise(() => {});
      }
      const read: number[] = [];
      try {
        for await (const number of untilAborted(numbers(), signal)) read.push(number);
      } finally {
        await print(stdout, `${read.length} read\n`);
      }
    });
    expect(interrupted).toEqual({ exitCode: 130, stdout: '1 read\n', stderr: 'error: interrupted by SIGINT\n' });
  });
});
