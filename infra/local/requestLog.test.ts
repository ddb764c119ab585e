import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { jsonLog, readableLog } from './requestLog';

function printed(use: (log: ReturnType<typeof readableLog>) => void, options = {}): string {
  const out = new PassThrough({ encoding: 'utf8' });
  use(readableLog(out, options));
  return out.read() ?? '';
}

const line = (fields: object) => `${JSON.stringify({ time: 'now', level: 'info', ...fields })}\n`;
const REQUEST = line({
  message: 'request',
  requestId: 'a',
  method: 'GET',
  path: '/x',
  status: '200',
  durationMs: 4.4,
  calls: 3,
  readUnits: 2.5,
});
const ANSWERED = { method: 'GET', target: '/x?limit=2', status: 200, durationMs: 5.2, requestId: 'a' };

it('prints one line for a request, with what it read', () => {
  const text = printed(({ started, write, answered }) => {
    started('a');
    write(REQUEST);
    answered(ANSWERED);
  });
  expect(text).toBe('GET /x?limit=2 200 5 ms · 3 reads · 2.5 RU\n');
});

it('prints a request that read nothing, or was refused before it was read, without these figures', () => {
  const text = printed(({ answered }) => {
    answered({ ...ANSWERED, status: 401, durationMs: 0.42 });
    answered({ method: 'GET', target: '/', status: 403, failure: 'another host' });
  });
  expect(text).toBe('GET /x?limit=2 401 0.4 ms\nGET / 403\n  another host\n');
});

it('prints warnings and errors below their request, with stacks in paths of the project', () => {
  const stack = `Error: wrong\n    at get (${process.cwd()}/handlers/listLambdaInstances.ts:3:1)`;
  const text = printed(({ started, write, answered }) => {
    started('a');
    started('b');
    write(line({ level: 'warn', message: 'of a', requestId: 'a', count: 1, ids: ['4'] }));
    write(line({ level: 'error', message: 'of b', requestId: 'b', error: { stack, cause: { message: 'deep' } } }));
    write(REQUEST);
    answered({ ...ANSWERED, requestId: 'b', status: 500 });
    answered(ANSWERED);
  });
  expect(text.split('\n')).toEqual([
    'GET /x?limit=2 500 5 ms',
    '  error: of b',
    '    Error: wrong',
    '        at get (handlers/listLambdaInstances.ts:3:1)',
    '    caused by deep',
    'GET /x?limit=2 200 5 ms · 3 reads · 2.5 RU',
    '  warn: of a count=1 ids=["4"]',
    '',
  ]);
});

it('prints lines without a request under way at once', () => {
  const text = printed(({ write }) => {
    write(line({ level: 'error', message: 'the function is misconfigured' }));
    write(`plain text\n{"level":1}\n${REQUEST}`);
  });
  expect(text).toBe(
    '  error: the function is misconfigured\nplain text\n{"level":1}\nGET /x 200 4 ms · 3 reads · 2.5 RU\n',
  );
});

it('leaves out requests without a warning if it is quiet', () => {
  const text = printed(
    ({ started, write, answered }) => {
      started('a');
      write(REQUEST);
      answered(ANSWERED);
      started('b');
      write(line({ level: 'warn', message: 'of b', requestId: 'b' }));
      answered({ ...ANSWERED, requestId: 'b' });
    },
    { isQuiet: true },
  );
  expect(text).toBe('GET /x?limit=2 200 5 ms\n  warn: of b\n');
});

it('colours the status, and escapes control characters from callers and tables', () => {
  const text = printed(
    ({ started, write, answered }) => {
      started('a');
      write(
        line({
          level: 'warn',
          message: 'names',
          requestId: 'a',
          name: '\u001b[2J\u009b\u202e',
          error: { stack: '\u001b]0;x\u0007\r' },
        }),
      );
      answered({ ...ANSWERED, target: '/\u009b31m' });
    },
    { colors: true },
  );
  expect(stripVTControlCharacters(text)).not.toMatch(/[^\x20-\x7e\n·]/);
  expect(text).toContain('GET /\\u009b31m \u001b[32m200\u001b[39m');
});

it('prints the lines unchanged for programs', () => {
  const [stdout, stderr] = [new PassThrough({ encoding: 'utf8' }), new PassThrough({ encoding: 'utf8' })];
  const { started, write, answered } = jsonLog(stdout, stderr);
  started('a');
  write(REQUEST);
  answered(ANSWERED);
  answered({ ...ANSWERED, status: 500, failure: new Error('not answered in time') });
  expect(stdout.read()).toBe(REQUEST);
  expect(stderr.read()).toMatch(/^Error: not answered in time\n {4}at /);
});
