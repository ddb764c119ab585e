import { createLog, isLogLevel, type LogLevel } from './log';

function capture(level: LogLevel) {
  const lines: string[] = [];
  return { log: createLog(level, (line) => lines.push(line)), lines: () => lines.map((line) => JSON.parse(line)) };
}

describe('a log', () => {
  it('writes one JSON object per line, with time, level, message and fields', () => {
    const { log, lines } = capture('info');
    log.info('hello\nworld', { a: 1, b: { c: 'd' } });
    expect(lines()).toEqual([
      {
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        level: 'info',
        message: 'hello\nworld',
        a: 1,
        b: { c: 'd' },
      },
    ]);
  });

  it.each([
    ['info', ['info', 'warn', 'error']],
    ['warn', ['warn', 'error']],
    ['error', ['error']],
    ['silent', []],
  ] as const)('writes lines of level %s and above', (level, expected) => {
    const { log, lines } = capture(level);
    for (const own of ['info', 'warn', 'error'] as const) log[own]('x');
    expect(lines().map((line) => line.level)).toEqual(expected);
  });

  it.each([
    ['info', [{ level: 'info', message: 'request', status: 200, Requests: 1 }]],
    ['error', [{ level: 'info', message: 'request', Requests: 1 }]],
    ['silent', []],
  ] as const)('writes metrics at level %s, with fields if info is enabled', (level, expected) => {
    const { log, lines } = capture(level);
    log.metrics('request', { status: 200 }, { Requests: 1 });
    expect(lines().map(({ time, ...rest }) => rest)).toEqual(expected);
  });

  it('writes no line without metrics and fields', () => {
    const { log, lines } = capture('warn');
    log.metrics('counted', { keys: 3 }, {});
    expect(lines()).toEqual([]);
  });

  it('adds common fields to every line, overridden by the line’s own', () => {
    const { log, lines } = capture('info');
    log.with({ requestId: 'r', a: 1 }).with({ b: 2 }).warn('x', { a: 3 });
    expect(lines()).toEqual([expect.objectContaining({ requestId: 'r', a: 3, b: 2 })]);
  });

  it('writes an error’s name, message, code, stack and cause, and no other property', () => {
    const cause = Object.assign(new RangeError('inner'), { code: 'ECONNRESET', secret: 's3cret' });
    const { log, lines } = capture('info');
    log.error('failed', { error: new Error('outer', { cause }) });
    expect(lines()[0].error).toEqual({
      name: 'Error',
      message: 'outer',
      stack: expect.stringContaining('log.test.ts'),
      cause: { name: 'RangeError', message: 'inner', code: 'ECONNRESET', stack: expect.any(String) },
    });
  });

  it('writes a line even for fields that JSON cannot hold', () => {
    const { log, lines } = capture('info');
    log.info('counted', { count: 1n });
    expect(lines()).toEqual([
      {
        time: expect.any(String),
        level: 'info',
        message: 'counted',
        unwritable: expect.stringContaining('BigInt'),
      },
    ]);
  });

  it('writes to standard output by default, so that Lambda adds no prefix', () => {
    const write = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
    createLog('info').info('x');
    const written = write.mock.calls.map(([text]) => String(text));
    write.mockRestore();
    expect(written).toEqual([expect.stringMatching(/^\{.*"message":"x"\}\n$/)]);
  });
});

describe('isLogLevel', () => {
  it('accepts four levels and no property of their list', () => {
    expect(['info', 'warn', 'error', 'silent', 'length', '0', ''].filter(isLogLevel)).toEqual([
      'info',
      'warn',
      'error',
      'silent',
    ]);
  });
});
