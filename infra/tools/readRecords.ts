/** Reads the records of an import: one per line (NDJSON), or all in one JSON document. */
import { JSONParser } from '@streamparser/json';
import { isObject, parseJson } from './attributeJson';
import { readDocument } from './document';
import { type Line, readLines, TOO_LONG } from './lines';
import { rewindable } from './rewindable';
import { ToolError } from './toolError';
import { decodeUtf8 } from './utf8';

/** A record, or the reason why it cannot be read; `place` locates it for people. */
export type Found =
  | { readonly place: string; readonly json: unknown }
  | { readonly place: string; readonly reason: string };

export type Input = {
  readonly chunks: AsyncIterable<Uint8Array>;
  /** A regular file with the same content; without it, a document is copied to a temporary file to be read twice. */
  readonly path?: string | undefined;
  /** Called with the number of records in a document before the first is yielded. */
  readonly expect?: (records: number) => void;
};

/**
 * Yields the records of lines as they arrive. A document (an array, the API's own `{"data":[…]}`, or one record over
 * several lines) is first parsed completely, so that a malformed one yields nothing.
 *
 * @throws ToolError with the position if a document does not parse, or if the input has another format
 */
export async function* readRecords(input: Input): AsyncGenerator<Found, void> {
  const bytes = rewindable(input.chunks);
  const lines = readLines(bytes.read());
  const { value: first } = await lines.next();
  if (!first) return;
  const isLine = isObjectLine(first);
  const second = isLine ? undefined : ((await lines.next()).value ?? undefined);
  refuseForeign(first, second);
  if (!isLine && isDocument(first, second)) {
    yield* readDocument({ ...input, chunks: bytes.again() });
    return;
  }
  bytes.forget();
  yield* findIn(first);
  if (second) yield* findIn(second);
  for await (const line of lines) yield* findIn(line);
}

function findIn({ number, bytes, isTooLong }: Line): Found[] {
  const place = `line ${number}`;
  if (isTooLong) return [{ place, reason: TOO_LONG }];
  try {
    const json = parseJson(decodeUtf8(bytes));
    const answer = recordsOf(json);
    return answer?.map((record, i) => ({ place: `${place}, record ${i + 1}`, json: record })) ?? [{ place, json }];
  } catch (error) {
    const isBanner = /^> (\S+@\S+ \S|node -r )/.test(bytes.toString('latin1'));
    const reason = isBanner
      ? "it is npm's banner, not a record: export with npm run --silent"
      : `it is not JSON: ${(error as Error).message}`;
    return [{ place, reason }];
  }
}

/** Returns the records of a response of this API, `{"data":[…]}`. */
function recordsOf(json: unknown): unknown[] | undefined {
  if (!isObject(json) || Object.keys(json).join() !== 'data') return undefined;
  return Array.isArray(json.data) ? json.data : undefined;
}

/** Whether the line is a complete object, like each line of NDJSON. */
function isObjectLine(line: Line | undefined): boolean {
  if (!line || line.isTooLong) return false;
  try {
    return isObject(parseJson(decodeUtf8(line.bytes)));
  } catch {
    return false;
  }
}

/** Whether the input is one document, of which the first line is only a part, rather than NDJSON with a broken first line. */
function isDocument(first: Line, second: Line | undefined): boolean {
  const text = textOf(first);
  if (text.startsWith('[') || /^\{\s*"data"\s*:\s*\[/.test(text)) return true;
  if (!text.startsWith('{')) return false;
  if (!isObjectLine(second)) return true;
  return !text.endsWith('}') && !first.isTooLong && !breaksAtNextObject(first.bytes);
}

/** Whether the line is the valid beginning of a record that another object cannot continue: a record that was cut off. */
function breaksAtNextObject(line: Buffer): boolean {
  const parser = new JSONParser({ paths: [], keepStack: false });
  parser.onValue = () => {};
  try {
    parser.write(line);
  } catch {
    return false;
  }
  try {
    parser.write('\n{');
    return false;
  } catch {
    return true;
  }
}

const textOf = ({ bytes }: Line): string => bytes.toString('utf8').replace('\ufeff', '').trim();

/** Refuses other common formats, with the command that converts them. */
function refuseForeign(first: Line, second: Line | undefined): void {
  const start = first.bytes.subarray(0, 2).toString('hex');
  if (start === '1f8b') throw new ToolError('the input is compressed: pipe it through gunzip --stdout');
  if (start === 'fffe' || start === 'feff') {
    throw new ToolError('the input is UTF-16, not UTF-8: pipe it through iconv --from-code=UTF-16 --to-code=UTF-8');
  }
  const beginning = `${textOf(first)}${second ? textOf(second) : ''}`;
  if (/^\{\s*"(Items|Count|ScannedCount)"\s*:/.test(beginning)) {
    throw new ToolError(
      "the input is the output of `aws dynamodb scan`: convert it with jq --compact-output '.Items[] | {Item: .}'",
    );
  }
}
