import { constants } from 'node:os';
import { whenOrphaned } from '../orphan';
import { ToolError } from './toolError';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

type Signal = (typeof SIGNALS)[number];

export class InterruptedError extends ToolError {
  override readonly name = 'InterruptedError';
  readonly exitCode: number;
  constructor(
    readonly signal: Signal,
    summary = '',
  ) {
    super(`interrupted by ${signal}${summary && `; ${summary}`}`);
    this.exitCode = 128 + constants.signals[signal];
  }
}

/** Ends a tool early: after Ctrl-C, a signal, or the end of the npm that runs it. */
export class Interruption {
  readonly #controller = new AbortController();
  #isHandled = false;

  interrupt(signal: Signal): void {
    this.#controller.abort(new InterruptedError(signal));
  }

  /**
   * Lets the running command end by itself, so that it can report what is done.
   *
   * @returns a signal that aborts on an interruption, with an InterruptedError as its reason
   */
  handle(): AbortSignal {
    this.#isHandled = true;
    return this.#controller.signal;
  }

  /** The signal that has interrupted the process, if any. */
  get endedBy(): Signal | undefined {
    return this.#controller.signal.aborted ? (this.#controller.signal.reason as InterruptedError).signal : undefined;
  }

  /** Settles like `command`, or rejects on an interruption that the command does not handle. */
  end<Result>(command: Promise<Result>): Promise<Result> {
    const { signal } = this.#controller;
    const interrupted = new Promise<never>((_, reject) => {
      const rejectUnlessHandled = () => this.#isHandled || reject(signal.reason);
      if (signal.aborted) rejectUnlessHandled();
      signal.addEventListener('abort', rejectUnlessHandled);
    });
    return Promise.race([command, interrupted]);
  }
}

/** Yields the items of `source` until `signal` aborts, then throws its reason. */
export async function* untilAborted<Item>(
  source: AsyncIterable<Item>,
  signal: AbortSignal,
): AsyncGenerator<Item, void> {
  const iterator = source[Symbol.asyncIterator]();
  let interrupt = () => {};
  const next = () =>
    new Promise<IteratorResult<Item>>((resolve, reject) => {
      interrupt = () => reject(signal.reason); // a single promise, raced with each item, would retain every race
      if (signal.aborted) interrupt();
      else iterator.next().then(resolve, reject);
    });
  const onAbort = () => interrupt();
  signal.addEventListener('abort', onAbort);
  try {
    for (let item = await next(); !item.done; item = await next()) yield item.value;
  } finally {
    signal.removeEventListener('abort', onAbort);
    void Promise.resolve(iterator.return?.()).catch(() => {}); // not awaited: it may never settle
  }
}

/** Settles like `work`, or rejects with the reason of `signal` once that aborts: for work that may never end, such as opening a FIFO. */
export function unlessAborted<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort);
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

const REPEATED_AFTER_MS = 1_000; // npm forwards a signal that the terminal has also sent to this process

/** Listens to the signals that end this process. A second signal ends it at once. */
export function listenForInterruption(): Interruption {
  const interruption = new Interruption();
  let firstMs: number | undefined;
  const interrupt = (signal: Signal) => {
    firstMs ??= Date.now();
    if (Date.now() - firstMs > REPEATED_AFTER_MS) endBySignal(signal);
    interruption.interrupt(signal);
  };
  for (const signal of SIGNALS) process.on(signal, interrupt);
  if (process.env.npm_lifecycle_event) whenOrphaned(() => interrupt('SIGTERM'));
  return interruption;
}

/**
 * Ends this process by a signal's default action. `process.exit` would wait for a blocking call, such as opening a FIFO
 * without a reader.
 */
export function endBySignal(signal: Signal): void {
  process.emit('exit', 128 + constants.signals[signal]); // its listeners clean up
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}
