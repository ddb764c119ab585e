/** Bundles the operators' tools that the pipeline uses, so that its deployment job needs no packages for them. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { noticeOf } from './notice';

const root = join(__dirname, '../..');

/** Files of `infra/tools/` that the pipeline runs. */
export const BUNDLED_TOOLS = ['token', 'pageIndex', 'smoke'];

/** Writes `<tool>.js`, which needs only `node`, for each bundled tool, and their licences to a folder. */
export async function bundleTools(outdir: string): Promise<void> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: BUNDLED_TOOLS.map((name) => join(root, 'infra/tools', `${name}.ts`)),
    outdir,
    bundle: true,
    minify: true,
    keepNames: true, // errors are distinguished and printed by name
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    mainFields: ['module', 'main'],
    legalComments: 'none', // NOTICE has the licences
    metafile: true,
    logLevel: 'warning',
  });
  writeFileSync(join(outdir, 'NOTICE'), noticeOf(metafile, root));
}
