import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, type PluginBuild } from 'esbuild';
import type fc from 'fast-check';

/** A rule of the page index, broken: what stands in a file of `lib/` is replaced by something else. */
export type Mutant = readonly { readonly file: string; readonly from: string; readonly to: string }[];

const WRITE_LEAF = 'const written = await writeWithin(index, leaf, counted.entries);';
const WRITE_INNER = 'if (!toReplace) return writeWithin(index, node, entries);';

export const MUTANTS: Readonly<Record<string, Mutant>> = {
  'the count comes before the version is read': [
    {
      file: 'pageIndex/settle.ts',
      from: WRITE_LEAF,
      to: `const again = await readNode(index, leaf.name, { consistent: true });
        if (!again || again.isFrozen) return undefined;
        const written = await writeWithin(index, { ...leaf, version: again.version }, counted.entries);`,
    },
  ],
  'versions restart': [
    {
      file: 'pageIndex/store.ts',
      from: 'const next = { ...node, ...change, version: newId() };',
      to: 'const next = { ...node, ...change, version: String(Number(node.version) + 1) };',
    },
    {
      file: 'pageIndex/store.ts',
      from: 'name: newId(), version: newId(), isFrozen',
      to: "name: newId(), version: '1', isFrozen",
    },
    { file: 'pageIndex/store.ts', from: 'name: ROOT,\n    version: newId(),', to: "name: ROOT,\n    version: '1'," },
  ],
  'a parent is incremented': [
    {
      file: 'pageIndex/settle.ts',
      from: 'entries[i] = { ...entry, count: totalOf(child.entries) };',
      to: 'entries[i] = { ...entry, count: increment(entry.count, child) };',
    },
    {
      file: 'pageIndex/settle.ts',
      from: 'async function settleLeaf(',
      to: `const before = new Map<string, number | undefined>();
        function increment(count: number | undefined, child: Node) {
          const [total, old] = [totalOf(child.entries), before.get(child.version)];
          return count === undefined || old === undefined || total === undefined ? total : count + total - old;
        }
        async function settleLeaf(`,
    },
    {
      file: 'pageIndex/settle.ts',
      from: 'if (written) return written;',
      to: 'if (written) { before.set(written.version, totalOf(node.entries)); return written; }',
    },
  ],
  'a count stops at 1 MB': [
    {
      file: 'dynamodb/partition.ts',
      from: 'total = { count: total.count + count, lastKey };',
      to: 'return { count, lastKey };',
    },
  ],
  'a count that is unchanged is not written': [
    {
      file: 'pageIndex/settle.ts',
      from: WRITE_LEAF,
      to: `const isSame = JSON.stringify(counted.entries) === JSON.stringify(leaf.entries);
        const written = isSame ? leaf : await writeWithin(index, leaf, counted.entries);`,
    },
  ],
  'records are acknowledged before all sums are written': [
    {
      file: 'pageIndex/settle.ts',
      from: WRITE_INNER,
      to: 'if (!toReplace) return (await writeWithin(index, node, entries)) ?? node;',
    },
  ],
  'the maintainer reads what may be old': [
    {
      file: 'pageIndex/settle.ts',
      from: 'const node = await readNode(context.index, name, { consistent: true });',
      to: 'const node = await readNode(context.index, name, { consistent: false });',
    },
  ],
  'a rebuild sweeps away what a later one has built': [
    { file: 'pageIndex/rebuild.ts', from: 'if (root?.generation !== generation) return;', to: '' },
  ],
};

/** The property of `property.ts` over the code of `lib/`, so changed. @throws Error if a change does not apply */
export async function mutate(mutant: Mutant): Promise<fc.IAsyncPropertyWithHooks<unknown>> {
  const { outputFiles } = await build({
    entryPoints: [join(__dirname, 'property.ts')],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    packages: 'external',
    write: false,
    logLevel: 'silent',
    plugins: [{ name: 'mutate', setup: (plugin) => patch(plugin, mutant) }],
  });
  const module = { exports: {} as { convergence?: () => fc.IAsyncPropertyWithHooks<unknown> } };
  new Function('require', 'module', 'exports', outputFiles[0]?.text ?? '')(require, module, module.exports);
  if (!module.exports.convergence) throw new Error('the property was not bundled');
  return module.exports.convergence();
}

function patch({ onLoad, onEnd }: PluginBuild, mutant: Mutant): void {
  const applied = new Set<Mutant[number]>();
  onLoad({ filter: /\/lib\/.*\.ts$/ }, ({ path }) => {
    let contents = readFileSync(path, 'utf8');
    for (const change of mutant.filter(({ file }) => path.endsWith(`/lib/${file}`))) {
      if (contents.split(change.from).length !== 2)
        throw new Error(`does not stand once in ${change.file}: ${change.from}`);
      contents = contents.replace(change.from, () => change.to);
      applied.add(change);
    }
    return { contents, loader: 'ts' };
  });
  onEnd(() => {
    if (applied.size !== mutant.length) throw new Error('a change does not apply');
  });
}
