import { describeOnEmulators, type EmptyDatabase } from '../../test/emulators';
import { emptyTable } from '../../test/tables';
import { instancesIn, keyOf } from './instances.testing';

jest.setTimeout(60_000);

describeOnEmulators('npm run instances -- import', ({ createDatabase }) => {
  let database: EmptyDatabase;
  let instances: ReturnType<typeof instancesIn>;
  beforeAll(async () => {
    database = await createDatabase();
    instances = instancesIn(database);
  });
  afterEach(() => emptyTable(database.client, database.environment.INSTANCES_TABLE, ['collection', 'id']));

  it('merges attributes into a record, and keeps those of others', async () => {
    await instances.put({
      id: { N: '3' },
      uuid: { N: '1' },
      name: { S: 'Old' },
      theirs: { SS: ['a'] },
      both: { S: 'x' },
    });
    const result = await instances.run('import -', '{"id":3,"name":"New","both":{"y":1},"ours":true}');
    expect(result).toEqual({
      exitCode: 0,
      stdout: '1 loaded, 0 refused\n',
      stderr: expect.stringMatching(/^writing to table instances-\S+ \(http:\/\/127.0.0.1:\d+\)\n$/),
    });
    expect(await instances.rows()).toEqual([
      {
        ...keyOf('3'),
        uuid: { N: '1' },
        name: { S: 'New' },
        theirs: { SS: ['a'] },
        both: { M: { y: { N: '1' } } },
        ours: { BOOL: true },
      },
    ]);
  });

  it('keeps the name of a record if the line has none, and sets the default if neither has one', async () => {
    await instances.put({ id: { N: '1' }, uuid: { N: '1' }, name: { S: 'Kept' } });
    await instances.put({ id: { N: '2' }, uuid: { N: '2' } });
    expect(await instances.run('import -', '{"id":1}\n{"id":2}\n{"id":3,"uuid":3}\n{"uuid":4}')).toMatchObject({
      exitCode: 0,
    });
    expect((await instances.rows()).map(({ name }) => name?.S)).toEqual(['Kept', ...Array(3).fill('Lambda Instance')]);
  });

  it('replaces the whole record with --replace', async () => {
    await instances.put({ id: { N: '3' }, uuid: { N: '1' }, name: { S: 'Old' }, theirs: { S: 'x' } });
    expect(await instances.run('import - --replace', '{"id":3,"uuid":2}')).toMatchObject({ exitCode: 0 });
    expect(await instances.rows()).toEqual([{ ...keyOf('3'), uuid: { N: '2' }, name: { S: 'Lambda Instance' } }]);
  });

  it('is idempotent for lines with an id', async () => {
    const lines = '{"id":2,"uuid":1}\n{"id":1.5,"uuid":2,"name":"B"}\n{"id":-3,"uuid":3}';
    await instances.run('import -', lines);
    const once = await instances.rows();
    await instances.run('import -', lines);
    expect(await instances.rows()).toEqual(once);
    expect(once.map(({ id }) => id?.N)).toEqual(['-3', '1.5', '2']);
  });

  it('loads the later of two lines with the same id, however the id is written', async () => {
    const lines = Array.from({ length: 100 }, (_, i) => `{"id":${['7', '7.0', '70e-1'][i % 3]},"uuid":${i}}`);
    await instances.run('import -', lines.join('\n'));
    expect(await instances.rows()).toEqual([{ ...keyOf('7'), uuid: { N: '99' }, name: { S: 'Lambda Instance' } }]);
  });

  it('assigns ids after the largest one, including those of later lines', async () => {
    await instances.put({ id: { N: '7' }, uuid: { N: '7' } });
    await instances.run('import -', '{"uuid":101}\n{"id":8,"uuid":8}\n{"uuid":102}\n{"id":10,"uuid":10}');
    expect((await instances.rows()).map(({ id, uuid }) => [id?.N, uuid?.N])).toEqual([
      ['7', '7'],
      ['8', '8'],
      ['10', '10'],
      ['11', '101'],
      ['12', '102'],
    ]);
  });

  it("assigns ids beyond 2^53, up to DynamoDB's limit", async () => {
    const largest = '9'.repeat(37);
    await instances.put({ id: { N: largest }, uuid: { N: '1' } });
    await instances.run('import -', '{"uuid":2}\n{"uuid":3}');
    expect((await instances.rows()).map(({ id }) => BigInt(id?.N ?? 0))).toEqual(
      [0n, 1n, 2n].map((n) => BigInt(largest) + n),
    );
  });

  it('reports every refused line with the reason, and loads the others', async () => {
    const { exitCode, stdout, stderr } = await instances.run(
      'import -',
      [
        '{"id":1,"uuid":1}',
        '{"id":2,"uuid":"2"}',
        '{"id":3,"uuid":3.5}',
        '{"id":"4","uuid":4}',
        '{"id":5,"uuid":5,"name":5}',
        '{"id":6,"uuid":6,"collection":"others"}',
        '{"id":7}',
        '{"name":"without id and uuid"}',
        `{"id":9,"uuid":9,"n":${'1'.repeat(39)}}`,
        `{"id":10,"uuid":10,"text":"${'x'.repeat(410_000)}"}`,
        '{"id":11,"uuid":11',
        '',
        '["a"]',
        '{"id":14,"uuid":14,"set":{"$strings":[]}}',
        '{"id":15,"uuid":15}',
      ].join('\n'),
    );
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '2 loaded, 12 refused\n' });
    const byLine = (a: string, b: string) => Number(/\d+/.exec(a)) - Number(/\d+/.exec(b));
    const [announcement, ...lines] = stderr.trimEnd().split('\n');
    expect(announcement).toMatch(/^writing to table/);
    expect(lines.sort(byLine)).toEqual([
      'error: not every record was loaded',
      'line 2 is refused: uuid must be an integer of up to 38 digits',
      'line 3 is refused: uuid must be an integer of up to 38 digits',
      'line 4 is refused: id must be a number',
      'line 5 is refused: name must be a string',
      'line 6 is refused: collection must be "lambda-instances"',
      'line 7 is refused: a new instance needs a uuid',
      'line 8 is refused: a new instance needs a uuid',
      expect.stringMatching(/^line 9 is refused: ValidationException: .*38/),
      'line 10 is refused: it has 410040 bytes, and DynamoDB holds 409600 (400 KB)',
      expect.stringMatching(/^line 11 is refused: it is not JSON: /),
      'line 13 is refused: it is not a JSON object',
      expect.stringMatching(/^line 14 is refused: ValidationException: .*empty/i),
    ]);
    expect((await instances.rows()).map(({ id }) => id?.N)).toEqual(['1', '15']);
  });

  it('merges more attributes than an expression allows', async () => {
    const names = Array.from({ length: 700 }, (_, i) => `attribute-${i}`);
    const record = { id: 1, uuid: 1, name: 'A', ...Object.fromEntries(names.map((name, i) => [name, i])) };
    expect(await instances.run('import -', JSON.stringify(record))).toMatchObject({ exitCode: 0 });
    expect(await instances.run('import -', '{"id":1,"attribute-3":"new"}')).toMatchObject({ exitCode: 0 });
    const [row] = await instances.rows();
    expect(Object.keys(row ?? {})).toHaveLength(704);
    expect([row?.name, row?.['attribute-3'], row?.['attribute-699']]).toEqual([{ S: 'A' }, { S: 'new' }, { N: '699' }]);
  });

  it('loads nothing on a dry run, and reports what it would refuse', async () => {
    await instances.put({ id: { N: '1' }, uuid: { N: '1' } });
    const lines =
      '{"id":1,"name":"B"}\n{"id":2,"name":"C"}\n{"id":3,"uuid":3}\n{"uuid":4}\n{"name":"D"}\n{"id":5,"uuid":"5"}';
    const { stderr, ...others } = await instances.run('import - --dry-run', lines);
    expect(others).toEqual({ exitCode: 1, stdout: '3 would be loaded, 3 refused\n' });
    expect(stderr.trimEnd().split('\n').sort()).toEqual([
      'error: not every record would be loaded',
      'line 2 is refused: a new instance needs a uuid',
      'line 5 is refused: a new instance needs a uuid',
      'line 6 is refused: uuid must be an integer of up to 38 digits',
    ]);
    expect(await instances.rows()).toEqual([{ ...keyOf('1'), uuid: { N: '1' } }]);
    expect(await instances.run('import - --dry-run --replace --json', '{"id":1,"name":"B"}')).toMatchObject({
      exitCode: 1,
      stdout: '{"loaded":0,"refused":1}\n',
    });
  });

  it('loads nothing of a document that does not parse', async () => {
    const { stderr, ...others } = await instances.run(
      'import -',
      '[{"id":1,"uuid":1},\n{"id":2,"n":\n{"uuid":99}\n"x":1}]',
    );
    expect(others).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toMatch(
      /\nerror: line 4, column 1: the document is not JSON: unexpected "x"; nothing was loaded\n$/,
    );
    expect(await instances.rows()).toEqual([]);
  });

  it('writes escape sequences of its input as text', async () => {
    const { stderr } = await instances.run('import -', '{"id":1,"uuid":1}\n{"\\u001b[31mred":1,"\\u001b[31mred":2}');
    expect(stderr).toContain("line 2 is refused: it is not JSON: Duplicate key '\\u001b[31mred'");
    expect(stderr).not.toContain('\u001b');
  });

  it('ends at once if no line can be loaded, with what is loaded and how to continue', async () => {
    const lines = ['{"uuid":0}', ...Array.from({ length: 1000 }, (_, i) => `{"id":${i},"uuid":${i}}`)].join('\n');
    const { exitCode, stderr } = await instances.run('import -', lines, 'missing');
    expect(exitCode).toBe(1);
    expect(stderr.split('\n')).toEqual([
      expect.stringMatching(/^writing to table missing /),
      expect.stringMatching(
        /^error: ResourceNotFoundException: .*; 0 loaded, 0 refused; line \d+ was the first that could not be written; to continue, run it again: records with an id may be loaded twice$/,
      ),
      '',
    ]);
  });
});
