/** Reads a JSON document twice: first completely, to check that it parses, then record by record. */

import { type FileHandle, open } from 'node:fs/promises';
import { parseJson } from './attributeJson';
import { DocumentError, findSpans } from './documentSpans';
import { MAX_RECORD_BYTES, TOO_LONG } from './lines';
import type { Found, Input } from './readRecords';
import { openTemporaryFile } from './temporaryFile';
import { ToolError } from './toolError';
import { decodeUtf8 } from './utf8';

/** @throws ToolError with line and column if the document does not parse */
export async function* readDocument({ chunks, path, expect }: Input): AsyncGenerator<Found, void> {
  const file = path === undefined ? await openTemporaryFile() : await open(path);
  try {
    const spans = await findSpans(path === undefined ? copyTo(file, chunks) : chunks).catch(async (error) => {
      throw error instanceof DocumentError ? new ToolError(await describe(error, file)) : error;
    });
    expect?.(spans.length / 2);
    for (let i = 0; i < spans.length; i += 2)
      yield readRecord(file, `record ${i / 2 + 1}`, spans[i] ?? 0, spans[i + 1] ?? 0);
  } finally {
    await file.close();
  }
}

async function* copyTo(file: FileHandle, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  for await (const chunk of chunks) {
    await file.writeFile(chunk); // appends
    yield chunk;
  }
}

async function readRecord(file: FileHandle, place: string, begin: number, end: number): Promise<Found> {
  if (end - begin > MAX_RECORD_BYTES) return { place, reason: TOO_LONG };
  const { buffer } = await file.read(Buffer.alloc(end - begin), 0, end - begin, begin);
  try {
    return { place, json: parseJson(decodeUtf8(buffer)) };
  } catch (error) {
    return { place, reason: (error as Error).message }; // such as a duplicate member
  }
}

/** `line 3, column 14: …`; columns count characters. */
async function describe({ message, offset }: DocumentError, file: FileHandle): Promise<string> {
  let [line, column, position] = [1, 1, 0];
  for await (const chunk of file.createReadStream({ start: 0, end: Math.max(0, offset - 1), autoClose: false })) {
    for (const byte of chunk as Buffer) {
      if (position === offset) break;
      position += 1;
      if (byte === LINE_FEED) [line, column] = [line + 1, 1];
      else if (!isContinuation(byte)) column += 1;
    }
  }
  return `line ${line}, column ${column}: the document is not JSON: ${message}; nothing was loaded`;
}

const LINE_FEED = 0x0a;

/** The second and further bytes of a character in UTF-8. */
const isContinuation = (byte: number): boolean => (byte & 0xc0) === 0x80;
