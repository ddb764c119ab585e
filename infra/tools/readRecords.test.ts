import { Readable } from 'node:stream';
import fc from 'fast-check';
import { parseAttributes, writeAttributes } from './attributeJson';
import { readRecords } from './readRecords';

/** What is found, in one line each; `chunks` as a stream may cut them. */
async function read(...chunks: (string | Uint8Array)[]): Promise<string[]> {
  const found: string[] = [];
  for await (const record of readRecords(Readable.from(chunks.map((chunk) => Buffer.from(chunk))))) {
    const what =
      'json' in record
        ? writeAttributes({ r: parseAttributes({ r: record.json }).r ?? { NULL: true } })
        : record.reason;
    found.push(`${record.place}: ${what.replace(/^\{"r":(.*)\}$/s, '$1')}`);
  }
  return found;
}

describe('readRecords', () => {
  it.each([
    ['nothing', '', []],
    ['blank lines', '\n \r\n\t\n', []],
    ['a record a line', '{"id":1}\n{"id":2}\n', ['line 1: {"id":1}', 'line 2: {"id":2}']],
    ['no line feed at the end', '{"id":1}\n{"id":2}', ['line 1: {"id":1}', 'line 2: {"id":2}']],
    ['carriage returns', '{"id":1}\r\n\r\n{"id":2}\r\n', ['line 1: {"id":1}', 'line 3: {"id":2}']],
    ['a byte order mark', '\ufeff{"id":1}\n{"id":2}', ['line 1: {"id":1}', 'line 2: {"id":2}']],
    ['what is no record among the lines', '{"id":1}\n[2]\n3', ['line 1: {"id":1}', 'line 2: [2]', 'line 3: 3']],
    ['an array in one line', '[{"id":1},{"id":2}]', ['record 1: {"id":1}', 'record 2: {"id":2}']],
    ['an array over many lines', '[\n {"id":1},\n {"id":2}\n]\n', ['record 1: {"id":1}', 'record 2: {"id":2}']],
    ['an empty array', '[]', []],
    ["the API's answer", '{"data":[{"id":1}]}', ['record 1: {"id":1}']],
    ["the API's answer, indented", '{\n "data": [\n  {"id":1}\n ]\n}', ['record 1: {"id":1}']],
    ['a record over many lines', '{\n "id": 1\n}', ['record 1: {"id":1}']],
    ['separators of Unicode within a string', '{"a":"\u2028\u2029\u0085"}', ['line 1: {"a":"\u2028\u2029\u0085"}']],
  ])('reads %s', async (_, text, found) => {
    expect(await read(text)).toEqual(found);
  });

  it('tells the line of what is no JSON, and reads the others', async () => {
    const found = await read('{"id":1\n{"id":2}\nno\n{"id":3}');
    expect(found.map((line) => line.slice(0, 20))).toEqual([
      'line 1: it is no JSO',
      'line 2: {"id":2}',
      'line 3: it is no JSO',
      'line 4: {"id":3}',
    ]);
  });

  it('refuses a line that is not UTF-8 rather than replace what it cannot read', async () => {
    const found = await read('{"id":1}\n{"a":"', Uint8Array.of(0xff), '"}\n{"id":2}');
    expect(found).toEqual([
      'line 1: {"id":1}',
      expect.stringMatching(/^line 2: it is no JSON: .*not valid/),
      'line 3: {"id":2}',
    ]);
  });

  it('refuses a line that is nested beyond what can be read', async () => {
    expect(await read(`{"id":1}\n${'['.repeat(100_000)}`)).toHaveLength(2);
  });

  it('reads the same however the stream was cut', async () => {
    const bytes = Buffer.from('{"id":1,"name":"Ünïcödé"}\r\n\r\n{"id":2}\nno\n{"id":3,"name":"\u2028"}');
    const whole = await read(bytes);
    expect(whole).toHaveLength(4);
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.nat(bytes.length)), async (cuts) => {
        const edges = [0, ...cuts.sort((a, b) => a - b), bytes.length];
        expect(await read(...edges.slice(1).map((end, i) => bytes.subarray(edges[i], end)))).toEqual(whole);
      }),
    );
  });
});
