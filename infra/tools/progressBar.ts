import { SingleBar } from 'cli-progress';
import type { Terminal } from './cli';

/** How far an import or export has come, on a terminal; anywhere else it shows nothing but what is printed. */
export type ProgressBar = {
  /** Shows how many records are done. */
  readonly count: (records: number) => void;
  /** Passes a file's chunks on, and shows how much of it has been. */
  readonly watch: (chunks: AsyncIterable<string | Uint8Array>) => AsyncGenerator<Uint8Array>;
  /** Prints a line above the bar. */
  readonly print: (line: string) => void;
  readonly stop: () => void;
};

const CLEAR_LINE = '\r\x1b[K';

/** @param bytes the size of what is read; absent: not known, so that there is no end to draw a bar towards */
export function startBar(stderr: Terminal['stderr'], bytes?: number): ProgressBar {
  const format = bytes === undefined ? '{records} done' : '{bar} {percentage}%, {records} done';
  const bar = new SingleBar({ format, stream: stderr, noTTYOutput: false });
  bar.start(bytes ?? 0, 0, { records: 0 });
  return {
    count: (records) => bar.update({ records }),
    watch: async function* (chunks) {
      for await (const chunk of chunks) {
        yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
        bar.increment(chunk.length);
      }
    },
    print: (line) => stderr.write(`${stderr.isTTY ? CLEAR_LINE : ''}${line}\n`),
    stop: () => bar.stop(),
  };
}
