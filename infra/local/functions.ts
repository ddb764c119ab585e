/** Builds the functions for the local tools, with source maps, in a separate folder: `dist/` has the deployed ones. */
import { mkdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import {
  type BuildFailure,
  type BuildOptions,
  build,
  context,
  type Location,
  type Message,
  type OutputFile,
  type Plugin,
  stop,
} from 'esbuild';
import { bundleOptions } from '../build/bundle';

const root = join(__dirname, '../..');
const directory = join(root, '.local');

/** Returns the path of a function's bundle, by the name of its file in handlers/. */
export const bundleOf = (name: string): string => join(directory, `${name}.js`);

/** Fails the build if an entry does not export `handler`: a file may be empty while it is saved. */
const entriesExportHandlers: Plugin = {
  name: 'entries-export-handlers',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /./ }, ({ kind, path }) => (kind === 'entry-point' ? { path, namespace: 'entry' } : undefined));
    onLoad({ filter: /./, namespace: 'entry' }, ({ path }) => ({
      contents: `export { handler } from ${JSON.stringify(path)}`,
      resolveDir: root,
    }));
  },
};

const options = {
  ...bundleOptions,
  absWorkingDir: root,
  outdir: directory,
  minify: false, // so that a debugger shows the names of the source
  sourcemap: 'linked',
  plugins: [entriesExportHandlers, ...bundleOptions.plugins],
  write: false,
  logLevel: 'silent',
  logOverride: { 'import-is-undefined': 'error' }, // as from an empty file
} satisfies BuildOptions;

/**
 * Builds the functions once.
 *
 * @returns a hash of the bundles
 * @throws Error with a one-line message if the build fails
 */
export async function buildFunctions(): Promise<string> {
  const { outputFiles } = await build(options).catch(throwFirstError);
  writeFiles(outputFiles);
  return hashOf(outputFiles);
}

export type Rebuild = { readonly durationMs: number; readonly errors: readonly string[] };

/**
 * Builds the functions, and rebuilds them whenever a source file changes. After a failed build the last bundles remain.
 *
 * @param onRebuilt called after a rebuild that failed or changed the bundles
 * @param now the clock, which must agree with the files' modification times
 * @throws Error with a one-line message if the first build fails
 */
export async function watchFunctions(onRebuilt: (rebuild: Rebuild) => void, now = Date.now): Promise<void> {
  let startedMs = 0;
  let inputs: readonly string[] = [];
  let served: string | undefined = await buildFunctions(); // undefined after a failed build
  const report: Plugin = {
    name: 'report',
    setup: ({ onStart, onEnd }) => {
      onStart(() => {
        startedMs = now();
      });
      onEnd(({ errors, outputFiles = [], metafile }) => {
        if (metafile) inputs = Object.keys(metafile.inputs).map((file) => resolve(root, file));
        if (mayBeHalfWritten([...inputs, ...filesOf(errors)], startedMs, now())) {
          setTimeout(() => building.rebuild().catch(() => {}), SAVE_MS); // reported here too
          return;
        }
        const built = errors.length === 0 ? hashOf(outputFiles) : undefined;
        if (built !== undefined && built === served) return;
        served = built;
        writeFiles(errors.length === 0 ? outputFiles : []);
        onRebuilt({ durationMs: now() - startedMs, errors: errors.map(toLine) });
      });
    },
  };
  const building = await context({ ...options, plugins: [...options.plugins, report] });
  await building.watch();
  process.once('exit', () => void stop()); // esbuild's process can outlive this one while it watches
}

const SAVE_MS = 100; // by then an editor that truncates a file has rewritten it

/** Whether a file changed so shortly before the build that it may still be being saved. */
function mayBeHalfWritten(files: readonly string[], startedMs: number, nowMs: number): boolean {
  const newestMs = Math.max(...files.map((file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0));
  return newestMs > startedMs - SAVE_MS && newestMs <= nowMs; // a file from the future, after the clock was set back, is not being saved
}

const hashOf = (files: readonly OutputFile[]): string => files.map(({ hash }) => hash).join();

/** Replaces files atomically: a function may be loading them. */
function writeFiles(files: readonly OutputFile[]): void {
  mkdirSync(directory, { recursive: true });
  for (const { path, contents } of files) {
    const temporary = join(directory, `.${process.pid}.${basename(path)}`);
    writeFileSync(temporary, contents);
    renameSync(temporary, path);
  }
}

function throwFirstError(failure: BuildFailure): never {
  throw new Error(failure.errors.map(toLine)[0], { cause: failure });
}

const filesOf = (errors: readonly Message[]): string[] =>
  errors.flatMap(({ location }) => (isInFile(location) ? resolve(root, location.file) : []));

const toLine = ({ location, text }: Message): string =>
  isInFile(location) ? `${location.file}:${location.line}:${location.column}: ${text}` : text;

const isInFile = (location: Location | null): location is Location =>
  location !== null && !location.file.startsWith('entry:'); // esbuild prefixes the path with the namespace
