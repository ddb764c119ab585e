/**
 * `npm run build`: bundles each `handlers/<name>.ts` into `dist/<name>.js`, which exports `handler`; beside them, their
 * source maps and licences, and in `dist/tools/` what the pipeline runs.
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
 * What an `import()` might load, and all that this needs, esbuild wraps to be run later: most of the SDK, for event
 * streams, which no answer here is. Whoever imports these at once has them bundled.
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

/** Functions that the SDK's parts are made of at start, whether anything uses them: so annotated, esbuild drops them. */
const unusedPartsAreDropped: Plugin = {
  name: 'unused-parts-are-dropped',
  setup: ({ onLoad }) =>
    onLoad({ filter: /@smithy\/core\/dist-es\/submodules\/serde\/index\.js$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replace(/(= |extends )(bind\w+\()/g, '$1/* @__PURE__ */ $2'),
    })),
};

/** Chosen for cold start; docs/performance.md has the figures behind each line. */
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
  sourcemap: 'external', // beside the bundles, which do not name them: no byte of a zip, no time of a cold start
  metafile: true,
  logLevel: 'warning',
} satisfies BuildOptions;

if (require.main === module) {
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  Promise.all([build(bundleOptions), bundleTools(join(root, 'dist/tools'))]).then(([{ metafile }]) => {
    writeFileSync(join(root, 'dist/meta.json'), JSON.stringify(metafile));
    writeFileSync(join(root, 'dist/NOTICE'), noticeOf(metafile, root));
    for (const [file, { bytes }] of Object.entries(metafile.outputs)) {
      if (file.endsWith('.js')) console.log(`${basename(file)}  ${bytes.toLocaleString('en')} bytes`);
    }
  });
}
