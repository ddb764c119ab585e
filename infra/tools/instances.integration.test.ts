import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AttributeValue, PutItemCommand, paginateQuery } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { describeOnEmulators, type EmptyDatabase } from '../../test/emulators';
import { emptyTable } from '../../test/tables';
import { createTerminal } from '../../test/terminal';
import { instancesTool } from './instances';

jest.setTimeout(60_000);

type Row = Record<string, AttributeValue>;

/** Emulators write one number in several ways, and a set in any order. */
const canonicalRow = ({ many, ...row }: Row) => ({
  ...row,
  id: canonical(row.id?.N),
  uuid: canonical(row.uuid?.N),
  price: canonical(row.price?.N),
  many: many?.NS?.map(canonical).sort(),
});

function canonical(number = ''): string {
  const [, sign, whole = '', fraction = '', exponent] = /^(-?)(\d*)\.?(\d*)(?:[eE](.*))?$/.exec(number) ?? [];
  const digits = (whole + fraction).replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  return `${sign}${significant}e${Number(exponent ?? 0) - fraction.length + digits.length - significant.length}`;
}

describeOnEmulators('npm run instances', ({ createDatabase }) => {
  let database: EmptyDatabase;
  beforeAll(async () => {
    database = await createDatabase();
  });
  afterEach(() => emptyTable(database.client, database.environment.INSTANCES_TABLE, ['collection', 'id']));

  async function run(args: string, input: string | Uint8Array = '', into = database) {
    const terminal = createTerminal(into.environment, input);
    const exitCode = await instancesTool(args.split(' '), terminal, () => into.client);
    return { exitCode, ...terminal.printed };
  }

  async function rows({ client, environment } = database): Promise<Row[]> {
    const all: Row[] = [];
    const query = {
      TableName: environment.INSTANCES_TABLE,
      KeyConditionExpression: '#c = :c',
      ExpressionAttributeNames: { '#c': 'collection' },
      ExpressionAttributeValues: { ':c': { S: 'lambda-instances' } },
    };
    for await (const { Items = [] } of paginateQuery({ client }, query)) all.push(...Items);
    return all;
  }

  const put = (row: Row) =>
    database.client.send(
      new PutItemCommand({
        TableName: database.environment.INSTANCES_TABLE,
        Item: { collection: { S: 'lambda-instances' }, ...row },
        ConditionExpression: 'attribute_not_exists(id)',
      }),
    );

  const key = (id: string) => ({ collection: { S: 'lambda-instances' }, id: { N: id } });

  describe('import', () => {
    it('merges attributes into a record, and keeps those of others', async () => {
      await put({ id: { N: '3' }, uuid: { N: '1' }, name: { S: 'Old' }, theirs: { SS: ['a'] }, both: { S: 'x' } });
      const result = await run('import -', '{"id":3,"name":"New","both":{"y":1},"ours":true}');
      expect(result).toEqual({ exitCode: 0, stdout: '1 loaded, 0 refused\n', stderr: '' });
      expect(await rows()).toEqual([
        {
          ...key('3'),
          uuid: { N: '1' },
          name: { S: 'New' },
          theirs: { SS: ['a'] },
          both: { M: { y: { N: '1' } } },
          ours: { BOOL: true },
        },
      ]);
    });

    it('keeps the name of a record where the line has none, and gives the default where there is none at all', async () => {
      await put({ id: { N: '1' }, uuid: { N: '1' }, name: { S: 'Kept' } });
      await put({ id: { N: '2' }, uuid: { N: '2' } });
      expect(await run('import -', '{"id":1}\n{"id":2}\n{"id":3,"uuid":3}\n{"uuid":4}')).toMatchObject({ exitCode: 0 });
      expect((await rows()).map(({ name }) => name?.S)).toEqual(['Kept', ...Array(3).fill('Lambda Instance')]);
    });

    it('replaces the whole record with --replace', async () => {
      await put({ id: { N: '3' }, uuid: { N: '1' }, name: { S: 'Old' }, theirs: { S: 'x' } });
      expect(await run('import - --replace', '{"id":3,"uuid":2}')).toMatchObject({ exitCode: 0 });
      expect(await rows()).toEqual([{ ...key('3'), uuid: { N: '2' }, name: { S: 'Lambda Instance' } }]);
    });

    it('does the same twice for lines with an id', async () => {
      const lines = '{"id":2,"uuid":1}\n{"id":1.5,"uuid":2,"name":"B"}\n{"id":-3,"uuid":3}';
      await run('import -', lines);
      const once = await rows();
      await run('import -', lines);
      expect(await rows()).toEqual(once);
      expect(once.map(({ id }) => id?.N)).toEqual(['-3', '1.5', '2']);
    });

    it('lets the later of two lines with one id win, however the id is written', async () => {
      const lines = Array.from({ length: 100 }, (_, i) => `{"id":${['7', '7.0', '70e-1'][i % 3]},"uuid":${i}}`);
      await run('import -', lines.join('\n'));
      expect(await rows()).toEqual([{ ...key('7'), uuid: { N: '99' }, name: { S: 'Lambda Instance' } }]);
    });

    it('gives lines without an id the ids after the largest, also of the lines that follow', async () => {
      await put({ id: { N: '7' }, uuid: { N: '7' } });
      await run('import -', '{"uuid":101}\n{"id":8,"uuid":8}\n{"uuid":102}\n{"id":10,"uuid":10}');
      expect((await rows()).map(({ id, uuid }) => [id?.N, uuid?.N])).toEqual([
        ['7', '7'],
        ['8', '8'],
        ['10', '10'],
        ['11', '101'],
        ['12', '102'],
      ]);
    });

    it('counts on beyond what a JavaScript number holds, as far as DynamoDB does', async () => {
      const largest = '9'.repeat(37);
      await put({ id: { N: largest }, uuid: { N: '1' } });
      await run('import -', '{"uuid":2}\n{"uuid":3}');
      expect((await rows()).map(({ id }) => BigInt(id?.N ?? 0))).toEqual([0n, 1n, 2n].map((n) => BigInt(largest) + n));
    });

    it('tells every line that it refuses, why, and loads the others', async () => {
      const { exitCode, stdout, stderr } = await run(
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
      expect(stderr.trimEnd().split('\n').sort(byLine)).toEqual([
        'error: not every record was loaded',
        'line 2 is refused: uuid must be an integer of up to 38 digits',
        'line 3 is refused: uuid must be an integer of up to 38 digits',
        'line 4 is refused: id must be a number',
        'line 5 is refused: name must be a string',
        'line 6 is refused: collection must be "lambda-instances"',
        'line 7 is refused: a new instance needs a uuid',
        'line 8 is refused: a new instance needs a uuid',
        expect.stringMatching(/^line 9 is refused: ValidationException: .*38/),
        expect.stringMatching(/^line 10 is refused: ValidationException: .*size/i),
        expect.stringMatching(/^line 11 is refused: it is no JSON: /),
        'line 13 is refused: it is no JSON object',
        expect.stringMatching(/^line 14 is refused: ValidationException: .*empty/i),
      ]);
      expect((await rows()).map(({ id }) => id?.N)).toEqual(['1', '15']);
    });

    it('loses no record and gives no id twice among importers, and beside a writer that knows nothing of them', async () => {
      const importer = (n: number) =>
        run('import -', Array.from({ length: 10 }, (_, i) => `{"uuid":${n * 1000 + i},"name":"import"}`).join('\n'));
      const stranger = async () => {
        for (let i = 0; i < 10; i += 1) {
          const all = await rows();
          const id = String(1 + Math.max(0, ...all.map((row) => Number(row.id?.N))));
          await put({ id: { N: id }, uuid: { N: String(9000 + i) }, name: { S: 'stranger' } }).catch(() => {
            i -= 1; // the id was taken meanwhile
          });
        }
      };
      const [results] = await Promise.all([Promise.all([1, 2, 3].map(importer)), stranger()]);
      expect(results.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0]);
      const all = await rows();
      expect(new Set(all.map(({ uuid }) => uuid?.N)).size).toBe(40);
      expect(all.map(({ id }) => id?.N)).toEqual(Array.from({ length: 40 }, (_, i) => String(i + 1)));
      expect(all.filter(({ name }) => name?.S === 'stranger')).toHaveLength(10);
    });

    it('ends at once where no line can be loaded, and says from which on', async () => {
      const elsewhere = { ...database, environment: { ...database.environment, INSTANCES_TABLE: 'missing' } };
      const lines = ['{"uuid":0}', ...Array.from({ length: 1000 }, (_, i) => `{"id":${i},"uuid":${i}}`)].join('\n');
      const { exitCode, stderr } = await run('import -', lines, elsewhere);
      expect(exitCode).toBe(1);
      expect(stderr).toMatch(
        /error: 0 loaded; line \d+ and what follows, and those without an id were not tried: ResourceNotFoundException/,
      );
      expect(stderr.split('\n').length).toBeLessThan(50);
    });
  });

  describe('export', () => {
    const number = fc.stringMatching(/^-?[1-9][0-9]{0,37}(e-?[1-7][0-9])?$/);
    const uuid = fc.stringMatching(/^[1-9][0-9]{0,37}$/);
    const many = fc.uniqueArray(number, { maxLength: 3, selector: canonical });
    const row = fc.record({ id: number, uuid, price: number, many });

    it('gives what import takes, with every attribute and every digit', async () => {
      const types = {
        text: { S: 'ü\u2028"\\' },
        bytes: { B: Uint8Array.of(0, 255) },
        strings: { SS: ['a', 'b'] },
        byteses: { BS: [Uint8Array.of(1)] },
        nothing: { NULL: true },
        list: { L: [{ BOOL: false }, { M: { $binary: { S: 'no binary' } } }] },
      } satisfies Row;
      const [from, to] = [database, await createDatabase()];
      await fc.assert(
        fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 8 }), async (records) => {
          for (const { id, uuid, price, many } of records) {
            const numbers: Row = { price: { N: price }, ...(many.length > 0 ? { many: { NS: many } } : {}) };
            await from.client.send(
              new PutItemCommand({
                TableName: from.environment.INSTANCES_TABLE,
                Item: { ...key(id), uuid: { N: uuid }, name: { S: 'A' }, ...types, ...numbers },
              }),
            );
          }
          const exported = await run('export', '', from);
          expect(exported).toMatchObject({ exitCode: 0, stderr: '' });
          expect(await run('import -', exported.stdout, to)).toMatchObject({ exitCode: 0, stderr: '' });
          expect((await rows(to)).map(canonicalRow)).toEqual((await rows(from)).map(canonicalRow));
        }),
        { numRuns: 15 },
      );
    });

    it('writes a line each, in order of id, the key first', async () => {
      await put({ zone: { S: 'z' }, id: { N: '10' }, name: { S: 'B' }, uuid: { N: '2' }, area: { S: 'a' } });
      await put({ id: { N: '9' } });
      expect(await run('export')).toEqual({
        exitCode: 0,
        stderr: '',
        stdout:
          '{"collection":"lambda-instances","id":9}\n' +
          '{"collection":"lambda-instances","id":10,"uuid":2,"name":"B","area":"a","zone":"z"}\n',
      });
    });

    it('writes more than DynamoDB reads at once', async () => {
      const filler = { S: 'x'.repeat(300_000) };
      for (let id = 1; id <= 8; id += 1) await put({ id: { N: String(id) }, filler });
      const { stdout } = await run('export -');
      expect(
        stdout
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line).id),
      ).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    });
  });

  describe('a file', () => {
    let directory: string;
    beforeEach(async () => {
      directory = await mkdtemp(join(tmpdir(), 'instances-'));
    });
    afterEach(() => rm(directory, { recursive: true }));

    it('is written by export and read by import', async () => {
      const file = join(directory, 'instances.ndjson');
      await writeFile(file, '[{"id":1,"uuid":1}]');
      expect(await run(`import ${file}`)).toMatchObject({ exitCode: 0, stdout: '1 loaded, 0 refused\n' });
      expect(await run(`export ${file}`)).toEqual({ exitCode: 0, stdout: '', stderr: '' });
      expect(await readFile(file, 'utf8')).toBe(
        '{"collection":"lambda-instances","id":1,"uuid":1,"name":"Lambda Instance"}\n',
      );
      expect(await readdir(directory)).toEqual(['instances.ndjson']);
    });

    it('stays as it was if an export fails', async () => {
      const file = join(directory, 'instances.ndjson');
      await writeFile(file, 'before');
      const elsewhere = { ...database, environment: { ...database.environment, INSTANCES_TABLE: 'missing' } };
      expect(await run(`export ${file}`, '', elsewhere)).toMatchObject({ exitCode: 1 });
      expect(await readFile(file, 'utf8')).toBe('before');
      expect(await readdir(directory)).toEqual(['instances.ndjson']);
    });

    it.each(['import', 'export'])('that cannot be had ends %s with one line', async (command) => {
      const { exitCode, stderr } = await run(`${command} ${join(directory, 'no', 'such')}`);
      expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: expect.stringMatching(/^error: ENOENT: .*\n$/) });
    });
  });
});
