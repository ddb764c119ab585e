import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { noticeOf } from './notice';

const root = join(__dirname, '../..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'notice-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

/** Installs packages, each with a licence and files; returns what a bundle of them would record. */
function bundle(packages: Record<string, { license: string; files?: Record<string, string> }>) {
  for (const [name, { license, files = {} }] of Object.entries(packages)) {
    const folder = join(directory, 'node_modules', name);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name, version: '1.0.0', license }));
    for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
  }
  const inputs = Object.keys(packages).map((name) => [`node_modules/${name}/index.js`, {}]);
  return { outputs: { 'dist/a.js': { inputs: Object.fromEntries(inputs) } } };
}

it('includes the licence of each bundled package', () => {
  const { version } = JSON.parse(read('node_modules/@smithy/core/package.json'));
  const [, listed] =
    new RegExp(`@smithy/core ${version} \\(Apache-2.0\\)\n[^]*?\n\n([^]*?)(\n-{80}\n|$)`).exec(read('dist/NOTICE')) ??
    [];
  expect(listed).toBe(`${read('node_modules/@smithy/core/LICENSE').trim()}\n`);
});

it("groups packages by text, includes notices, and uses another package's text for a package without one", () => {
  const built = bundle({
    '@a/one': { license: 'MIT', files: { LICENSE: 'MIT, by A' } },
    '@a/two': { license: 'MIT', files: { 'LICENSE.md': 'MIT, by A\n', 'licenses.js': 'code' } },
    b: { license: 'Apache-2.0', files: { LICENCE: 'Apache', NOTICE: 'By B' } },
    c: { license: 'Apache-2.0' },
  });
  expect(
    noticeOf(built, directory).replace(/-{80}/, '---'),
  ).toBe(`The code in this folder contains the following packages.

@a/one 1.0.0 (MIT)
@a/two 1.0.0 (MIT)

MIT, by A

---

b 1.0.0 (Apache-2.0)
c 1.0.0 (Apache-2.0)

Apache

By B
`);
});

it("fails if the text of a package's licence is missing", () => {
  const built = bundle({ a: { license: 'MIT', files: { LICENSE: 'MIT' } }, b: { license: 'ISC' } });
  expect(() => noticeOf(built, directory)).toThrow('b 1.0.0 (ISC) comes without the text of its licence, ISC');
});
