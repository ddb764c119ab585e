import { PassThrough, Readable } from 'node:stream';
import { startBar } from './progressBar';

/** What is written to standard error while a file of 20 bytes is read. */
async function watch(isTTY: boolean, size?: number): Promise<string> {
  const stderr = Object.assign(new PassThrough(), { isTTY, columns: 80 });
  const bar = startBar(stderr, size);
  for await (const chunk of bar.watch(Readable.from([Buffer.alloc(15), 'five!']))) bar.count(chunk.length);
  bar.print('line 7 is refused');
  bar.stop();
  return String(stderr.read() ?? '');
}

describe('the progress bar', () => {
  it('shows on a terminal how much of a file is done, and lets lines stand above it', async () => {
    const shown = await watch(true, 20);
    expect(shown).toContain('100%, 5 done');
    expect(shown).toContain('\r\x1b[Kline 7 is refused\n');
  });

  it('shows on a terminal how many records are done where the size is not known', async () => {
    const shown = await watch(true);
    expect(shown).toContain('5 done');
    expect(shown).not.toContain('%');
  });

  it('leaves any other output to the lines that are printed', async () => {
    expect(await watch(false, 20)).toBe('line 7 is refused\n');
  });
});
