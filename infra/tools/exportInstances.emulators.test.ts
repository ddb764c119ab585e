import { chmod, mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { describeOnEmulators, type EmptyDatabase } from '../../test/emulators';
import { emptyTable } from '../../test/tables';
import { instancesIn, keyOf, type Row } from './instances.testing';

jest.setTimeout(60_000);

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

describeOnEmulators('npm run instances -- export', ({ createDatabase, hasStreams }) => {
  let database: EmptyDatabase;
  let instances: ReturnType<typeof instancesIn>;
  beforeAll(async () => {
    database = await createDatabase();
    instances = instancesIn(database);
  });
  afterEach(() => emptyTable(database.client, database.environment.INSTANCES_TABLE, ['collection', 'id']));

  describe('export', () => {
    const number = fc.stringMatching(/^-?[1-9][0-9]{0,37}(e-?[1-7][0-9])?$/);
    const uuid = fc.stringMatching(/^[1-9][0-9]{0,37}$/);
    const many = fc.uniqueArray(number, { maxLength: 3, selector: canonical });
    const row = fc.record({ id: number, uuid, price: number, many });

    it('writes what import reads, with every attribute and digit', async () => {
      const types = {
        text: { S: 'ü\u2028"\\' },
        bytes: { B: Uint8Array.of(0, 255) },
        strings: { SS: ['a', 'b'] },
        byteses: { BS: [Uint8Array.of(1)] },
        nothing: { NULL: true },
        list: { L: [{ BOOL: false }, { M: { $binary: { S: 'no binary' } } }] },
      } satisfies Row;
      const { client, environment } = database;
      const TableName = environment.INSTANCES_TABLE;
      const otherDatabase = await createDatabase();
      const others = instancesIn(otherDatabase);
      /** Import merges a record into an existing row, so that a row of a former run would show. */
      const emptyBoth = () =>
        Promise.all(
          [database, otherDatabase].map(({ client, environment }) =>
            emptyTable(client, environment.INSTANCES_TABLE, ['collection', 'id']),
          ),
        );
      const exportedIsImported = fc
        .asyncProperty(fc.array(row, { minLength: 1, maxLength: 8 }), async (records) => {
          for (const { id, uuid, price, many } of records) {
            const numbers: Row = { price: { N: price }, ...(many.length > 0 ? { many: { NS: many } } : {}) };
            await client.send(
              new PutItemCommand({
                TableName,
                Item: { ...keyOf(id), uuid: { N: uuid }, name: { S: 'A' }, ...types, ...numbers },
              }),
            );
          }
          const exported = await instances.run('export');
          expect(exported).toMatchObject({ exitCode: 0 });
          expect(await others.run('import -', exported.stdout)).toMatchObject({ exitCode: 0 });
          expect((await others.rows()).map(canonicalRow)).toEqual((await instances.rows()).map(canonicalRow));
        })
        .beforeEach(emptyBoth);
      await fc.assert(exportedIsImported, { numRuns: 8 });
    });

    it('writes one line per instance, in order of id, the key first', async () => {
      await instances.put({ zone: { S: 'z' }, id: { N: '10' }, name: { S: 'B' }, uuid: { N: '2' }, area: { S: 'a' } });
      await instances.put({ id: { N: '9' } });
      expect(await instances.run('export')).toEqual({
        exitCode: 0,
        stderr: '2 instances exported\n',
        stdout:
          '{"collection":"lambda-instances","id":9}\n' +
          '{"collection":"lambda-instances","id":10,"uuid":2,"name":"B","area":"a","zone":"z"}\n',
      });
    });

    // the embedded emulator loses such an attribute, as a JavaScript program easily does
    if (hasStreams) {
      it('reports a row that it cannot write, and writes the others', async () => {
        await instances.put({ id: { N: '1' } });
        await instances.put({ id: { N: '2' }, ...Object.fromEntries([['__proto__', { S: 'x' }]]) });
        await instances.put({ id: { N: '3' } });
        expect(await instances.run('export')).toEqual({
          exitCode: 1,
          stdout: '{"collection":"lambda-instances","id":1}\n{"collection":"lambda-instances","id":3}\n',
          stderr:
            'id 2 is not exported: attribute "__proto__" cannot be read\n' +
            '2 instances exported\nerror: 1 instances could not be exported\n',
        });
      });
    }

    it('writes more instances than DynamoDB returns per call', async () => {
      const filler = { S: 'x'.repeat(300_000) };
      for (let id = 1; id <= 8; id += 1) await instances.put({ id: { N: String(id) }, filler });
      const { stdout } = await instances.run('export -');
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

    const ROW = '{"collection":"lambda-instances","id":1,"uuid":1}\n';
    const put = () => instances.put({ id: { N: '1' }, uuid: { N: '1' } });

    it('is written by export, and read by import', async () => {
      const file = join(directory, 'instances.ndjson');
      await writeFile(file, '[{"id":1,"uuid":1}]');
      expect(await instances.run(`import ${file}`)).toMatchObject({ exitCode: 0, stdout: '1 loaded, 0 refused\n' });
      const copy = join(directory, 'copy.ndjson');
      expect(await instances.run(`export ${copy}`)).toEqual({
        exitCode: 0,
        stdout: '1 instances exported\n',
        stderr: '',
      });
      expect(await readFile(copy, 'utf8')).toBe(
        '{"collection":"lambda-instances","id":1,"uuid":1,"name":"Lambda Instance"}\n',
      );
      expect((await readdir(directory)).sort()).toEqual(['copy.ndjson', 'instances.ndjson']);
    });

    it('is overwritten only with --force, and keeps its mode', async () => {
      await put();
      const file = join(directory, 'instances.ndjson');
      await writeFile(file, 'before');
      await chmod(file, 0o604);
      expect(await instances.run(`export ${file}`)).toEqual({
        exitCode: 1,
        stdout: '',
        stderr: `error: ${file} exists: add --force to overwrite it\n`,
      });
      expect(await readFile(file, 'utf8')).toBe('before');
      expect(await instances.run(`export ${file} --force --json`)).toEqual({
        exitCode: 0,
        stdout: '{"exported":1,"skipped":0}\n',
        stderr: '',
      });
      expect([await readFile(file, 'utf8'), (await stat(file)).mode & 0o7777]).toEqual([ROW, 0o604]);
    });

    it.each(['instances.ndjson', 'not there yet'])('is written to the target of a symbolic link: %s', async (name) => {
      await put();
      await mkdir(join(directory, 'elsewhere'));
      const target = join(directory, 'elsewhere', name);
      if (name !== 'not there yet') await writeFile(target, 'before');
      const link = join(directory, 'link');
      await symlink(join('elsewhere', name), link);
      expect(await instances.run(`export --force ${link}`)).toMatchObject({ exitCode: 0 });
      expect(await readlink(link)).toBe(join('elsewhere', name));
      expect(await readFile(target, 'utf8')).toBe(ROW);
      expect(await readdir(join(directory, 'elsewhere'))).toEqual([name]);
    });

    it("leaves a user's own .part file, and another export to the same file, alone", async () => {
      await put();
      const file = join(directory, 'instances.ndjson');
      await writeFile(`${file}.part`, 'mine');
      const both = await Promise.all([1, 2].map(() => instances.run(`export --force ${file}`)));
      expect(both.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
      expect([await readFile(file, 'utf8'), await readFile(`${file}.part`, 'utf8')]).toEqual([ROW, 'mine']);
      expect((await readdir(directory)).sort()).toEqual(['instances.ndjson', 'instances.ndjson.part']);
    });

    it('remains unchanged if an export fails', async () => {
      const file = join(directory, 'instances.ndjson');
      await writeFile(file, 'before');
      expect(await instances.run(`export --force ${file}`, '', 'missing')).toMatchObject({ exitCode: 1 });
      expect(await readFile(file, 'utf8')).toBe('before');
      expect(await readdir(directory)).toEqual(['instances.ndjson']);
    });

    it.each(['import', 'export'])('that cannot be opened fails %s with one line', async (command) => {
      const { exitCode, stderr } = await instances.run(`${command} ${join(directory, 'no', 'such')}`);
      expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: expect.stringMatching(/^error: ENOENT: .*\n$/) });
    });
  });
});
