/** A line that is not blank, without its line feed. */
export type Line = {
  /** From 1. */
  readonly number: number;
  /** Only the beginning if the line is too long. */
  readonly bytes: Buffer;
  readonly isTooLong: boolean;
};

/** Enough for any JSON of a record of 400 KB: an escape takes six bytes for one. */
export const MAX_RECORD_BYTES = 4 * 1024 * 1024;

export const TOO_LONG = 'it is longer than any record that DynamoDB holds';

/**
 * Splits a stream at line feeds only, like NDJSON: a JSON string may contain Unicode's other separators. Keeps only the
 * beginning of a line that is too long.
 */
export async function* readLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Line, void> {
  let number = 1;
  let parts: Buffer[] = [];
  let length = 0;
  const add = (bytes: Buffer) => {
    if (length <= MAX_RECORD_BYTES) parts.push(bytes);
    length += bytes.length;
  };
  const take = (): Line => {
    const line = { number, bytes: Buffer.concat(parts), isTooLong: length > MAX_RECORD_BYTES };
    number += 1;
    [parts, length] = [[], 0];
    return line;
  };
  for await (const chunk of chunks) {
    let rest = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    for (let end = rest.indexOf(LINE_FEED); end >= 0; end = rest.indexOf(LINE_FEED)) {
      add(rest.subarray(0, end));
      rest = rest.subarray(end + 1);
      const line = take();
      if (!isBlank(line.bytes)) yield line;
    }
    add(rest);
  }
  const last = take();
  if (!isBlank(last.bytes)) yield last;
}

const LINE_FEED = 0x0a;

const isBlank = (bytes: Buffer): boolean => bytes.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d);
