/**
 * Shows a command's progress on a terminal; elsewhere only printed lines appear.
 *
 * The bar is a single line that fits the terminal's width and is redrawn. It changes no mode of the terminal, so that nothing
 * has to be restored, however the process ends.
 */
import type { Terminal } from './cli';

export type ProgressBar = {
  /** Shows the number of records done. */
  readonly count: (records: number) => void;
  /** Yields a file's chunks, and shows how much of the file is done. */
  readonly watch: (chunks: AsyncIterable<string | Uint8Array>) => AsyncGenerator<Uint8Array>;
  /** Restarts from zero with another size. */
  readonly expect: (size: Size) => void;
  /** Prints a line above the bar. */
  readonly print: (line: string) => void;
  readonly stop: () => void;
};

/** The size of the work in bytes of a file or in records, possibly estimated; neither if it is unknown. */
export type Size = { readonly bytes?: number | undefined; readonly records?: number | undefined };

const INTERVAL_MS = 100;
const CLEAR_LINE = '\r\x1b[K';

export function startBar({ stderr, env }: Terminal, initialSize: Size = {}, now = Date.now): ProgressBar {
  let size = initialSize;
  const isShown = stderr.isTTY === true && env.TERM !== 'dumb';
  let startedMs = now();
  let drawnMs = Number.NEGATIVE_INFINITY;
  let [bytes, records] = [0, 0];

  const draw = () => {
    if (!isShown) return;
    drawnMs = now();
    const { columns = 0 } = stderr as { columns?: number };
    const width = (columns || 80) - 1;
    const text = describeProgress(shareOf(size, { bytes, records }), records, (drawnMs - startedMs) / 1000, width);
    stderr.write(`${CLEAR_LINE}${text.slice(0, width)}`);
  };
  const drawInTime = () => {
    if (now() - drawnMs >= INTERVAL_MS) draw();
  };
  const timer = setInterval(draw, INTERVAL_MS).unref();
  let isStopped = false;
  const stop = () => {
    if (isStopped) return;
    isStopped = true;
    clearInterval(timer);
    process.off('exit', stop);
    draw();
    if (isShown) stderr.write('\n');
  };
  process.once('exit', stop); // however the process ends, the next output starts on a new line
  draw();
  return {
    count: (done) => {
      records = done;
      drawInTime();
    },
    watch: async function* (chunks) {
      for await (const chunk of chunks) {
        yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
        bytes += chunk.length;
        drawInTime();
      }
    },
    expect: (next) => {
      [size, startedMs, bytes, records] = [next, now(), 0, 0];
      draw();
    },
    print: (line) => {
      stderr.write(`${isShown && !isStopped ? CLEAR_LINE : ''}${line}\n`);
      if (!isStopped) draw();
    },
    stop,
  };
}

/** From 0 to 1; undefined if it is unknown, or beyond the estimate. */
function shareOf(size: Size, done: Required<{ [Unit in keyof Size]: number }>): number | undefined {
  const share = size.bytes === undefined ? done.records / (size.records ?? 0) : done.bytes / size.bytes;
  return share >= 0 && share <= 1 ? share : undefined;
}

const MAX_BAR_WIDTH = 30;

/** On a narrow terminal the bar gives way to the figures. */
function describeProgress(share: number | undefined, records: number, elapsedSeconds: number, columns: number): string {
  const done = `${records.toLocaleString('en')} done`;
  if (share === undefined) return `${done}, ${formatDuration(elapsedSeconds)}`;
  const left = share > 0 && share < 1 ? `, ${formatDuration((elapsedSeconds * (1 - share)) / share)} left` : '';
  const figures = `${Math.floor(share * 100)}%, ${done}${left}`;
  const width = Math.min(MAX_BAR_WIDTH, columns - figures.length - '[] '.length);
  if (width < 1) return figures;
  const filled = Math.floor(share * width);
  return `[${'='.repeat(filled)}${' '.repeat(width - filled)}] ${figures}`;
}

/** Formats a duration with at most two units: `59 s`, `3 min 20 s`, `2 h 5 min`. */
function formatDuration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3_600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3_600)} h ${Math.floor((whole % 3_600) / 60)} min`;
}
