/** Checks biome.json's rules on import directions by planting each import in a file of its folder. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const root = join(__dirname, '..');

const PLANTED: [file: string, imported: string, isAllowed: boolean][] = [
  ['lib/a.ts', './errors', true],
  ['lib/b.ts', './http/answer', false],
  ['lib/c.ts', '../handlers/listLambdaInstances', false],
  ['lib/dynamodb/a.ts', '../errors', true],
  ['lib/dynamodb/b.ts', '../instances/page', false],
  ['lib/http/a.ts', '../config', true],
  ['lib/http/b.ts', '../dynamodb/client', false],
  ['lib/http/c.ts', '@aws-sdk/client-dynamodb', false],
  ['lib/http/d.ts', '../listApi/route', false],
  ['lib/tokens/a.ts', '../dynamodb/session', true],
  ['lib/tokens/b.ts', '../http/request', false],
  ['lib/instances/a.ts', '../pageIndex/find', true],
  ['lib/instances/b.ts', '../pageIndex/upkeep/audit', false],
  ['lib/instances/c.ts', '../http/answer', false],
  ['lib/listApi/a.ts', '../http/answer', true],
  ['lib/listApi/b.ts', '@aws-sdk/client-dynamodb', false],
  ['lib/pageIndex/a.ts', '../dynamodb/partition', true],
  ['lib/pageIndex/b.ts', './upkeep/audit', false],
  ['lib/pageIndex/c.ts', '../instances/source', false],
  ['lib/pageIndex/upkeep/a.ts', '../store', true],
  ['lib/pageIndex/upkeep/b.ts', '../../instances/source', false],
  ['lib/smoke/a.ts', '../tokens/token', true],
  ['lib/smoke/b.ts', '../instances/page', false],
  ['lib/smoke/c.ts', '../http/answer', false],
  ['handlers/a.ts', '../lib/pageIndex/upkeep/audit', true],
  ['handlers/b.ts', '../test/tables', false],
  ['handlers/c.ts', '../infra/local/tables', false],
  ['handlers/listLambdaInstances.ts', '../lib/pageIndex/upkeep/audit', false],
  ['infra/local/a.ts', '../../lib/log', true],
  ['infra/local/b.ts', '../../test/tables', false],
  ['infra/tools/a.ts', '../../handlers/checkRelease', false],
  ['lib/http/a.test.ts', '../../test/events', true],
  ['lib/http/a.testing.ts', '../../test/events', true],
];

describe('npm run check', () => {
  let directory: string;
  let output: string;

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'imports-'));
    const config = JSON.parse(readFileSync(join(root, 'biome.json'), 'utf8'));
    writeFileSync(join(directory, 'biome.json'), JSON.stringify({ ...config, vcs: { enabled: false } }));
    for (const [file, imported] of PLANTED) {
      mkdirSync(dirname(join(directory, file)), { recursive: true });
      writeFileSync(join(directory, file), `import type { A } from '${imported}';\nexport const a: A = 1;\n`);
    }
    const biome = join(root, 'node_modules/.bin/biome');
    const { stdout, stderr } = spawnSync(biome, ['lint', '--max-diagnostics=none', '--colors=off'], { cwd: directory });
    output = `${stdout}${stderr}`;
  });

  afterAll(() => rmSync(directory, { recursive: true }));

  it.each(PLANTED)('accepts or rejects in %s the import of %s: %s', (file, _imported, isAllowed) => {
    expect(output).toContain('noRestrictedImports');
    expect(output.split('\n').some((line) => line.startsWith(`${file}:1:`))).toBe(!isAllowed);
  });
});

const isForTests = (file: string): boolean => /\.(test|testing)\.ts$/.test(file);

it('code that runs imports no support of tests', () => {
  const files = ['handlers', 'lib', 'infra', 'checks'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) => join(root, folder, file)),
  );
  const own = files.filter((file) => /\.(ts|cjs)$/.test(file) && !file.includes('node_modules'));
  const importing = own.filter((file) => !isForTests(file) && /'\..*\.testing'/.test(readFileSync(file, 'utf8')));
  expect(own.filter(isForTests).length).toBeGreaterThan(100);
  expect(importing).toEqual([]);
});
