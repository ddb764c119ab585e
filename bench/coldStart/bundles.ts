/** The same task in several frameworks, each bundled as its documentation says. */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import { bundleOptions } from '../../infra/build/bundle';
import { peer } from '../peers';

export type Bundle = {
  readonly name: string;
  readonly directory: string;
  /** As Lambda's configuration names it: `<file below directory, without extension>.<export>`. */
  readonly handler: string;
  readonly bytes: number;
};

type Way = { readonly name: string; readonly entry: string; readonly options: BuildOptions };

const { entryPoints: _, outdir: __, ...ours } = bundleOptions;

const BANNER = { js: "import { createRequire } from 'module';const require = createRequire(import.meta.url);" };

// docs.aws.amazon.com, "Deploy transpiled TypeScript code in Lambda with .zip file archives"
const AWS_OPTIONS: BuildOptions = { minify: true, sourcemap: true, target: 'es2020' };
// middy.js.org, "Bundling Lambda packages"
const MIDDY_OPTIONS: BuildOptions = {
  format: 'esm',
  target: 'node24',
  minify: true,
  banner: BANNER,
  sourcemap: 'external',
};
// github.com/aws-powertools/powertools-lambda-typescript, examples/app/template.yaml
const POWERTOOLS_OPTIONS: BuildOptions = {
  ...{ format: 'esm', target: 'es2022', minify: true, keepNames: true, sourcemap: true },
  ...{ mainFields: ['module', 'main'], banner: BANNER },
};
// hono.dev, "AWS Lambda"
const HONO_OPTIONS: BuildOptions = { target: 'node24' };

export const OURS = 'this project';
export const FLOOR = 'the floor: no SDK';
export const MIDDY = 'middy';
export const EMPTY = 'Node.js alone';

const WAYS: readonly Way[] = [
  { name: EMPTY, entry: join(__dirname, 'empty.ts'), options: ours },
  { name: FLOOR, entry: join(__dirname, 'floor.ts'), options: ours },
  { name: OURS, entry: join(__dirname, '../../handlers/listLambdaInstances.ts'), options: ours },
  { name: 'the SDK, plain', entry: peer('plain'), options: AWS_OPTIONS },
  { name: MIDDY, entry: peer('middy'), options: MIDDY_OPTIONS },
  { name: 'hono', entry: peer('hono'), options: HONO_OPTIONS },
  { name: 'Powertools', entry: peer('powertools'), options: POWERTOOLS_OPTIONS },
  { name: 'express', entry: peer('express'), options: AWS_OPTIONS },
];

/** Bundles each into a temporary folder, which `remove` deletes. */
export async function bundleAll(): Promise<{ bundles: readonly Bundle[]; remove: () => void }> {
  const folder = mkdtempSync(join(tmpdir(), 'cold-start-'));
  const bundles = await Promise.all(WAYS.map((way, i) => bundle(way, folder, String(i))));
  return { bundles, remove: () => rmSync(folder, { recursive: true }) };
}

async function bundle({ name, entry, options }: Way, directory: string, module: string): Promise<Bundle> {
  const outfile = join(directory, `${module}${options.format === 'esm' ? '.mjs' : '.js'}`);
  await build({ ...options, entryPoints: [entry], outfile, bundle: true, platform: 'node', logLevel: 'error' });
  return { name, directory, handler: `${module}.handler`, bytes: statSync(outfile).size };
}
