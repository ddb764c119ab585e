import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { parseAttributes, writeAttributes } from './attributeJson';
import { readRecords } from './readRecords';

/** Returns a line for each record found, for a stream that is cut into these chunks. */
async function read(...chunks: (string | Uint8Array)[]): Promise<string[]> {
  const found: string[] = [];
  for await (const record of readRecords({ chunks: Readable.from(chunks.map((chunk) => Buffer.from(chunk))) })) {
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
    [
      'lines that are not records, after one that is',
      '{"id":1}\n[2]\n3',
      ['line 1: {"id":1}', 'line 2: [2]', 'line 3: 3'],
    ],
    ['an array in one line', '[{"id":1},{"id":2}]', ['record 1: {"id":1}', 'record 2: {"id":2}']],
    ['an array over many lines', '[\n {"id":1},\n {"id":2}\n]\n', ['record 1: {"id":1}', 'record 2: {"id":2}']],
    ['an empty array', '[]', []],
    ["the API's answer", '{"data":[{"id":1}]}', ['line 1, record 1: {"id":1}']],
    ["the API's answer, indented", '{\n "data": [\n  {"id":1}\n ]\n}', ['record 1: {"id":1}']],
    ['a record over many lines', '{\n "id": 1\n}', ['record 1: {"id":1}']],
    ['separators of Unicode within a string', '{"a":"\u2028\u2029\u0085"}', ['line 1: {"a":"\u2028\u2029\u0085"}']],
  ])('reads %s', async (_, text, found) => {
    expect(await read(text)).toEqual(found);
  });

  it.each([
    [
      "several of the API's answers, one a line",
      '{"data":[]}\n{"data":[{"id":1},{"id":2}]}\n{"data":[{"id":3}]}',
      ['line 2, record 1: {"id":1}', 'line 2, record 2: {"id":2}', 'line 3, record 1: {"id":3}'],
    ],
    ['a record whose data is a list', '{"data":[1],"id":1}\n', ['line 1: {"data":[1],"id":1}']],
    ['such a record over many lines', '{"data":[1],\n"id":1}\n', ['record 1: {"data":[1],"id":1}']],
    ['such a record, the other way round', '{"id":1,\n"data":[1]}\n', ['record 1: {"id":1,"data":[1]}']],
    [
      'an array after a byte order mark',
      '\ufeff[{"name":"ü"},\n{"name":"漢"}]',
      ['record 1: {"name":"ü"}', 'record 2: {"name":"漢"}'],
    ],
    [
      'lists within the records of a list',
      '[[1,[2]],{"a":[{"b":[]}]}\n]',
      ['record 1: [1,[2]]', 'record 2: {"a":[{"b":[]}]}'],
    ],
    [
      'every digit in a document',
      '[\n{"n":12345678901234567890123456789012345678.50}]',
      ['record 1: {"n":12345678901234567890123456789012345678.50}'],
    ],
    [
      'a cut off record before others',
      '{"id":1\n{"id":2}\n{"id":3}',
      ['line 1: it is not JSON', 'line 2: {"id":2}', 'line 3: {"id":3}'],
    ],
    ['a broken record before others', '{"id":1,,"uuid":2}\n{"id":2}', ['line 1: it is not JSON', 'line 2: {"id":2}']],
    ['text before records', 'no\n{"id":2}', ['line 1: it is not JSON', 'line 2: {"id":2}']],
    [
      "npm's banner before records",
      '\n> lambda-instances-api@1.0.0 instances\n> node -r esbuild-register infra/tools/instances.ts export\n\n{"id":1}',
      ["line 2: it is npm's banner", "line 3: it is npm's banner", 'line 5: {"id":1}'],
    ],
  ])('finds %s', async (_, text, found) => {
    const lines = await read(text);
    expect(lines.map((line, i) => line.slice(0, found[i]?.length))).toEqual(found);
  });

  it.each([
    [
      'an array with a missing comma',
      '[\n {"id":1,"uuid":1},\n {"id":2,"n":{"uuid":99}}\n {"id":3}\n]',
      'line 4, column 2: the document is not JSON: unexpected {',
    ],
    [
      'an array in lines that are records by themselves',
      '[\n{"uuid":1}\n{"uuid":2}\n]',
      'line 3, column 1: the document is not JSON: unexpected {',
    ],
    [
      'the trailing comma of the sample answer',
      '{\n "data": [\n  {"uuid":1,"name":"A","id":1},\n ]\n}',
      'line 4, column 2: the document is not JSON: unexpected ]',
    ],
    [
      'an answer that is cut off',
      '{"data":[\n{"uuid":1}\n',
      'line 3, column 1: the document is not JSON: it ends too early',
    ],
    [
      'an answer in one line that is cut off',
      '{"data":[{"uuid":1},{"uuid":',
      'line 1, column 29: the document is not JSON: it ends too early',
    ],
    [
      'an answer with a broken head',
      '{"data" [\n{"uuid":1}\n]}',
      'line 1, column 9: the document is not JSON: unexpected [',
    ],
    [
      'a record over many lines with a broken string',
      '{\n "name": "ü\n"}',
      'line 2, column 12: the document is not JSON: unexpected "\\n"',
    ],
    ['what follows a document', '[{"ü":1}] {"id":2}', 'line 1, column 11: the document is not JSON: unexpected {'],
    ['one broken line', '{"id":1,,"uuid":2}', 'line 1, column 9: the document is not JSON: unexpected ,'],
    [
      'a string that is not UTF-8',
      Buffer.from('[\n"a",\n"\xff\xff\xff\xff"]', 'latin1'),
      'line 2, column 4: the document is not JSON: it is not UTF-8 from here on',
    ],
    [
      'the output of aws dynamodb scan',
      '{\n    "Items": [\n',
      "the input is the output of `aws dynamodb scan`: convert it with jq --compact-output '.Items[] | {Item: .}'",
    ],
    [
      'the same in one line',
      '{"Items":[{"id":{"N":"1"}}],"Count":1}',
      'the input is the output of `aws dynamodb scan`',
    ],
    ['a compressed export', Buffer.from('1f8b08', 'hex'), 'the input is compressed: pipe it through gunzip --stdout'],
    ['UTF-16', Buffer.from('\ufeff{}', 'utf16le'), 'the input is UTF-16, not UTF-8'],
  ])('refuses %s, and yields nothing of it', async (_, text, message) => {
    const found: unknown[] = [];
    const reading = (async () => {
      for await (const record of readRecords({ chunks: Readable.from([Buffer.from(text)]) })) found.push(record);
    })();
    await expect(reading).rejects.toThrow(message);
    expect(found).toEqual([]);
  });

  it('refuses a single record of a document, such as one with a duplicate member', async () => {
    expect(await read('[{"a":1,"a":2},\n{"id":1}]')).toEqual([
      expect.stringMatching(/^record 1: Duplicate key 'a'/),
      'record 2: {"id":1}',
    ]);
  });

  it('reads any document like JSON.parse, however the stream is split, from a file and from a pipe', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'read-'));
    const path = join(directory, 'document.json');
    const codePoint = fc.nat(0x10ffff).map((point) => String.fromCodePoint(point)); // the unit 'binary' takes a second to list them
    const name = fc.string({ unit: codePoint, maxLength: 3 });
    const text = fc.array(fc.dictionary(name, fc.jsonValue({ maxDepth: 3 }), { maxKeys: 3 }));
    await fc.assert(
      fc.asyncProperty(text, fc.boolean(), fc.integer({ min: 1, max: 50 }), async (records, isAnswer, size) => {
        const bytes = Buffer.from(JSON.stringify(isAnswer ? { data: records } : records, null, 1));
        await writeFile(path, bytes);
        const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
          bytes.subarray(i * size, (i + 1) * size),
        );
        for (const file of [undefined, path]) {
          const counts: number[] = [];
          const places: string[] = [];
          const input = { chunks: Readable.from(chunks), path: file, expect: (count: number) => counts.push(count) };
          for await (const { place } of readRecords(input)) places.push(place);
          expect([counts, places]).toEqual([[records.length], records.map((_, i) => `record ${i + 1}`)]);
        }
      }),
      { numRuns: 30 },
    );
    await rm(directory, { recursive: true });
  });

  it('refuses a line that is not UTF-8', async () => {
    const found = await read('{"id":1}\n{"a":"', Uint8Array.of(0xff), '"}\n{"id":2}');
    expect(found).toEqual([
      'line 1: {"id":1}',
      expect.stringMatching(/^line 2: it is not JSON: .*not valid/),
      'line 3: {"id":2}',
    ]);
  });

  it('refuses a line that is nested too deeply', async () => {
    expect(await read(`{"id":1}\n${'['.repeat(100_000)}`)).toHaveLength(2);
  });

  it('refuses a line that is longer than any record, without buffering it', async () => {
    const filler = 'x'.repeat(1024 * 1024);
    const long = ['{"id":2,"a":"', ...Array<string>(5).fill(filler), '"}\n'];
    const tooLong = 'it is longer than any record that DynamoDB holds';
    expect(await read('{"id":1}\n', ...long, '{"id":3}')).toEqual([
      'line 1: {"id":1}',
      `line 2: ${tooLong}`,
      'line 3: {"id":3}',
    ]);
    expect(await read(...long, '{"id":3}')).toEqual([`line 1: ${tooLong}`, 'line 2: {"id":3}']);
    expect(await read(...long)).toEqual([`record 1: ${tooLong}`]);
  });

  it('reads the same records however the stream is split', async () => {
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
