/** JSON records, one a line (NDJSON) or as one document: an array, the API's own `{"data":[…]}`, or a single record. */
import { parseJson } from './attributeJson';

/** A record as it was found, or why none could be made of what was found; `place` tells a person where. */
export type Found =
  | { readonly place: string; readonly json: unknown }
  | { readonly place: string; readonly reason: string };

/**
 * Lines are read as they come, however many; a document is read whole. Which of them it is, the first line tells: in
 * NDJSON it is a record by itself.
 */
export async function* readRecords(input: AsyncIterable<Uint8Array>): AsyncGenerator<Found, void> {
  const lines = numbered(input);
  const first = (await lines.next()).value;
  if (!first) return;
  const firstFound = parseLine(first);
  if ('json' in firstFound && isRecord(firstFound.json)) {
    yield firstFound;
    for await (const line of lines) yield parseLine(line);
    return;
  }
  const all = [first];
  for await (const line of lines) all.push(line);
  yield* parseDocument(all) ?? all.map(parseLine);
}

type Line = { readonly place: string; readonly bytes: string };

/** Lines that are not blank, each with a character for a byte: text is made of them one by one, as one may be broken. */
async function* numbered(input: AsyncIterable<Uint8Array>): AsyncGenerator<Line, undefined> {
  let number = 0;
  for await (const bytes of split(input)) {
    number += 1;
    if (/[^ \t\r]/.test(bytes)) yield { place: `line ${number}`, bytes };
  }
}

/** By line feeds alone, as NDJSON is: a JSON string may hold any other separator that Unicode knows. */
async function* split(input: AsyncIterable<Uint8Array>): AsyncGenerator<string, void> {
  let rest = '';
  for await (const chunk of input) {
    const [head = '', ...lines] = Buffer.from(chunk).toString('latin1').split('\n');
    rest += head;
    for (const line of lines) {
      yield rest;
      rest = line;
    }
  }
  yield rest;
}

function parseLine({ place, bytes }: Line): Found {
  try {
    return { place, json: parseJson(decode(bytes)) };
  } catch (error) {
    return { place, reason: `it is no JSON: ${(error as Error).message}` };
  }
}

/** Undefined where the lines together are no JSON: then they are broken NDJSON. */
function parseDocument(lines: readonly Line[]): Found[] | undefined {
  const whole = parseLine({ place: 'record 1', bytes: lines.map(({ bytes }) => bytes).join('\n') });
  if (!('json' in whole)) return undefined;
  const records = Array.isArray(whole.json) ? whole.json : dataOf(whole.json);
  return records?.map((json, i) => ({ place: `record ${i + 1}`, json })) ?? [whole];
}

const dataOf = (json: unknown): unknown[] | undefined =>
  typeof json === 'object' &&
  json !== null &&
  'data' in json &&
  Object.keys(json).length === 1 &&
  Array.isArray(json.data)
    ? json.data
    : undefined;

const isRecord = (json: unknown): boolean =>
  typeof json === 'object' && json !== null && !Array.isArray(json) && dataOf(json) === undefined;

/** UTF-8, strictly: a byte that was replaced would be one that was lost. A byte order mark is left out. */
const decode = (bytes: string): string =>
  new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(bytes, 'latin1'));
