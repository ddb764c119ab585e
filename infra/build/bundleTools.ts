/** Bundles the operators' tools that the pipeline runs, so that its deploying job runs them without installing a package. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { noticeOf } from './notice';

const root = join(__dirname, '../..');

/** Files of `infra/tools/` that the pipeline runs. */
export const BUNDLED_TOOLS = ['token', 'pageIndex', 'smoke'];

/** Writes `<tool>.js` for each bundled tool, which needs `node` and nothing else, and their licences into a folder. */
export async function bundleTools(outdir: string): Promise<void> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: BUNDLED_TOOLS.map((name) => join(root, 'infra/tools', `${name}.ts`)),
    outdir,
    bundle: true,
    minify: true,
    keepNames: true, // errors are told apart by name, and show it
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
