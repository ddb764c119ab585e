import { PassThrough, Readable } from 'node:stream';
import { type Size, startBar } from './progressBar';
import { createTerminal } from './terminal.testing';

type Options = { readonly isTTY?: boolean; readonly size?: Size; readonly columns?: number; readonly TERM?: string };

/** A bar on a terminal, with a clock that `wait` advances. */
function open({ isTTY = true, size = {}, columns = 80, TERM = 'xterm' }: Options = {}) {
  const stderr = Object.assign(new PassThrough({ encoding: 'utf8' }), { isTTY, columns });
  let seconds = 0;
  const bar = startBar({ ...createTerminal({ TERM }), stderr }, size, () => seconds * 1000);
  const wait = (more: number) => {
    seconds += more;
  };
  /** Returns what has been drawn since the last call, in order. */
  const drawn = () => String(stderr.read() ?? '').split('\r\x1b[K');
  return { bar, wait, drawn };
}

describe('the progress bar', () => {
  it('shows how much of a file is done, and how long the rest will take', async () => {
    const { bar, wait, drawn } = open({ size: { bytes: 20 } });
    for await (const chunk of bar.watch(Readable.from([Buffer.alloc(5), 'five!', Buffer.alloc(10)]))) {
      wait(60);
      bar.count(chunk.length);
    }
    bar.stop();
    expect(drawn().filter((line, i, lines) => line !== lines[i - 1])).toEqual([
      '',
      '[                              ] 0%, 0 done',
      '[                              ] 0%, 5 done',
      '[=======                       ] 25%, 5 done, 6 min 0 s left',
      '[===============               ] 50%, 10 done, 3 min 0 s left',
      '[==============================] 100%, 10 done\n',
    ]);
  });

  it('counts towards an estimate, and without a bar once it is passed', () => {
    const { bar, wait, drawn } = open({ size: { records: 1_000 } });
    for (const records of [500, 2_000]) {
      wait(7_200);
      bar.count(records);
    }
    bar.stop();
    expect(drawn()).toEqual([
      '',
      '[                              ] 0%, 0 done',
      '[===============               ] 50%, 500 done, 2 h 0 min left',
      '2,000 done, 4 h 0 min',
      '2,000 done, 4 h 0 min\n',
    ]);
  });

  it('shows how much is done, and since when, if the size is not known', () => {
    const { bar, wait, drawn } = open();
    wait(59.4);
    bar.count(7);
    expect(drawn().at(-1)).toBe('7 done, 59 s');
    bar.stop();
  });

  it('draws ten times a second at most, however often it is asked to', () => {
    const { bar, wait, drawn } = open();
    for (let records = 1; records <= 1_000; records += 1) {
      bar.count(records);
      wait(0.001);
    }
    bar.stop();
    expect(drawn().length).toBeLessThan(13);
  });

  it.each([
    [65, '[===============               ] 50%, 5,000 done, 5 min 0 s left'],
    [60, '[============             ] 50%, 5,000 done, 5 min 0 s left'],
    [36, '[ ] 50%, 5,000 done, 5 min 0 s left'],
    [35, '50%, 5,000 done, 5 min 0 s left'],
  ])('shortens itself rather than the remaining time on a terminal with %i columns', (columns, text) => {
    const { bar, wait, drawn } = open({ size: { records: 10_000 }, columns });
    wait(300);
    bar.count(5_000);
    expect(drawn().at(-1)).toBe(text);
    bar.stop();
  });

  it('cuts its line to the width of the terminal, which then has nothing to wrap', () => {
    const { bar, drawn } = open({ size: { records: 10 }, columns: 20 });
    bar.stop();
    expect(Math.max(...drawn().map((line) => line.replace('\n', '').length))).toBe(19);
  });

  it('prints lines above it', () => {
    const { bar, drawn } = open();
    bar.print('line 7 is refused');
    bar.stop();
    bar.print('afterwards');
    expect(drawn()).toEqual(['', '0 done, 0 s', 'line 7 is refused\n', '0 done, 0 s', '0 done, 0 s\nafterwards\n']);
  });

  it('ends with a line feed once, also if the process exits first', () => {
    const before = process.listeners('exit');
    const { bar, drawn } = open();
    for (const listener of process.listeners('exit')) if (!before.includes(listener)) listener(1);
    bar.stop();
    expect(drawn()).toEqual(['', '0 done, 0 s', '0 done, 0 s\n']);
    expect(process.listeners('exit')).toEqual(before);
  });

  it.each<[string, Options]>([
    ['a file', { isTTY: false }],
    ['a terminal without escape sequences', { TERM: 'dumb' }],
  ])('shows in %s only the lines that are printed', (_, options) => {
    const { bar, drawn } = open({ ...options, size: { records: 10 } });
    bar.count(5);
    bar.print('line 7 is refused');
    bar.stop();
    expect(drawn()).toEqual(['line 7 is refused\n']);
  });
});
