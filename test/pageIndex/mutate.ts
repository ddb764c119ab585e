import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { Patch } from './mutants';

const ROOT = join(__dirname, '../..');

/** Builds the property with the production code after these patches. */
export async function buildProperty(patches: readonly Patch[]): Promise<typeof import('./property').convergence> {
  const applied = new Set<Patch>();
  const { outputFiles } = await build({
    entryPoints: [join(__dirname, 'property.ts')],
    bundle: true,
    platform: 'node',
    packages: 'external',
    write: false,
    logLevel: 'silent',
    plugins: [
      {
        name: 'mutate',
        setup: ({ onLoad }) =>
          onLoad({ filter: /\/lib\/.*\.ts$/ }, ({ path }) => {
            const own = patches.filter(({ file }) => path === join(ROOT, 'lib', file));
            for (const patch of own) applied.add(patch);
            return { contents: own.reduce(apply, readFileSync(path, 'utf8')), loader: 'ts' };
          }),
      },
    ],
  });
  assert.equal(applied.size, patches.length, 'a file is not part of the property');
  const module = { exports: {} as typeof import('./property') };
  new Function('require', 'module', outputFiles[0]?.text ?? '')(require, module);
  return module.exports.convergence;
}

function apply(source: string, { from, to }: Patch): string {
  assert.equal(source.split(from).length, 2, `must occur once: ${from}`);
  return source.replace(from, () => to);
}
