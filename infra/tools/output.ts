import { ToolError } from './toolError';

/** Output cannot be written: the reader has closed the pipe, or the disk is full. */
export class OutputError extends ToolError {
  readonly isClosedPipe: boolean;
  constructor(cause: Error & { code?: unknown }) {
    super(`standard output: ${cause.message}`);
    this.cause = cause;
    this.isClosedPipe = cause.code === 'EPIPE';
  }
}

/**
 * Writes text, and resolves when the stream has accepted it.
 *
 * @throws OutputError if this or an earlier text cannot be written
 */
export function print(
  stream: NodeJS.WritableStream & { readonly errored?: Error | null },
  text: string,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) => reject(new OutputError(stream.errored ?? (error as Error)));
    try {
      stream.write(text, (error) => (error || stream.errored ? fail(error) : resolve()));
    } catch (error) {
      fail(error); // a full disk throws in some versions of Node.js
    }
  });
}
