import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { join } from 'node:path';

it.each([
  ['listLambdaInstances', '"INSTANCES_TABLE"', '../lib/config.ts'],
  ['auditPageIndex', '"PAGE_INDEX_TABLE"', '../lib/config.ts'],
])('dist/%s.js has a source map, which it does not reference', (name, text, source) => {
  const [bundle, map] = ['', '.map'].map((end) => readFileSync(join(__dirname, `../../dist/${name}.js${end}`), 'utf8'));
  expect(bundle).not.toContain('sourceMappingURL');
  const before = String(bundle).split(text)[0]?.split('\n') ?? [];
  const found = new SourceMap(JSON.parse(String(map))).findEntry(before.length - 1, String(before.at(-1)).length);
  expect(found).toMatchObject({ originalSource: source });
});
