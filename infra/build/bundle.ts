/**
 * `npm run build`: bundles each `handlers/<name>.ts` into `dist/<name>.js`, which exports `handler`. Also writes their
 * source maps and licences, and the pipeline's tools in `dist/tools/`.
 */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import { bundleTools } from './bundleTools';
import { noticeOf } from './notice';

const root = join(__dirname, '../..');

const entryPoints = readdirSync(join(root, 'handlers'))
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
  .map((file) => join(root, 'handlers', file));

/**
 * Excludes event streams, which are unused here, from the bundles unless they are imported statically. For the SDK's
 * dynamic `import()` of them, esbuild would wrap them and their dependencies, most of the SDK, for late loading.
 */
const eventStreamsAreNeverLoadedLate: Plugin = {
  name: 'event-streams-are-never-loaded-late',
  setup: ({ onResolve }) =>
    onResolve({ filter: /^@smithy\/core\/event-streams$/ }, ({ path, kind }) =>
      kind === 'dynamic-import' ? { path, external: true } : undefined,
    ),
};

/** The signer's formatter of event stream headers, 7% of a bundle: no request here is an event stream. */
const eventStreamsAreNeverSigned: Plugin = {
  name: 'event-streams-are-never-signed',
  setup: ({ onLoad }) =>
    onLoad({ filter: /@smithy\/signature-v4\/dist-es\/HeaderFormatter\.js$/ }, () => ({
      contents: 'export class HeaderFormatter {}',
    })),
};

/** The SDK creates some functions when it loads, used or not: with this annotation esbuild drops unused ones. */
const unusedPartsAreDropped: Plugin = {
  name: 'unused-parts-are-dropped',
  setup: ({ onLoad }) =>
    onLoad({ filter: /@smithy\/core\/dist-es\/submodules\/serde\/index\.js$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replace(/(= |extends )(bind\w+\()/g, '$1/* @__PURE__ */ $2'),
    })),
};

/** Optimised for cold starts; docs/performance.md has the measurements. */
export const bundleOptions = {
  entryPoints,
  outdir: join(root, 'dist'),
  bundle: true,
  minify: true,
  platform: 'node',
  target: 'node22',
  format: 'cjs', // an ES module that imports node:http loads undici with it
  mainFields: ['module', 'main'], // the SDK's ES modules can be tree-shaken, its CommonJS cannot
  alias: { '@aws-sdk/client-dynamodb': join(root, 'lib/dynamodb/leanClient.ts') }, // a third of a cold start
  plugins: [eventStreamsAreNeverLoadedLate, eventStreamsAreNeverSigned, unusedPartsAreDropped],
  legalComments: 'none', // dist/NOTICE has the licences
  sourcemap: 'external', // separate and not referenced by the bundles: costs neither size nor cold start
  metafile: true,
  logLevel: 'warning',
} satisfies BuildOptions;

if (require.main === module) {
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  Promise.all([build(bundleOptions), bundleTools(join(root, 'dist/tools'))]).then(([{ metafile }]) => {
    writeFileSync(join(root, 'dist/meta.json'), JSON.stringify(metafile));
    writeFileSync(join(root, 'dist/NOTICE'), noticeOf(metafile, root));
    const bundles = Object.entries(metafile.outputs).filter(([file]) => file.endsWith('.js'));
    console.log(
      bundles.map(([file, { bytes }]) => `${basename(file)}  ${bytes.toLocaleString('en')} bytes`).join('\n'),
    );
  });
}
