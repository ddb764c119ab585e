/** Builds the functions for the local tools, with source maps, in a folder of their own: `dist/` is what is deployed. */
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

/** Where a function's bundle is, by the name of its file in handlers/. */
export const bundleOf = (name: string): string => join(directory, `${name}.js`);

/** Makes an entry without a `handler` an error of the build: a file that is being saved may be empty. */
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
  minify: false, // a debugger shows the names of the source
  sourcemap: 'linked',
  plugins: [entriesExportHandlers, ...bundleOptions.plugins],
  write: false,
  logLevel: 'silent',
  logOverride: { 'import-is-undefined': 'error' }, // as of a file that is empty
} satisfies BuildOptions;

/**
 * @returns a value that changes with the bundles
 * @throws Error of one line if the build fails
 */
export async function buildFunctions(): Promise<string> {
  const { outputFiles } = await build(options).catch(throwFirstError);
  writeFiles(outputFiles);
  return hashOf(outputFiles);
}

export type Rebuild = { readonly durationMs: number; readonly errors: readonly string[] };

/**
 * Builds them, and again whenever a source file changes.
 *
 * @param onRebuilt called after a later build that failed, or made other bundles; after a failure the last ones stay
 * @param now the clock, which also dates the files
 * @throws Error of one line if the first build fails
 */
export async function watchFunctions(onRebuilt: (rebuild: Rebuild) => void, now = Date.now): Promise<void> {
  let startedMs = 0;
  let inputs: readonly string[] = [];
  let served: string | undefined = await buildFunctions(); // undefined after a build that failed
  const report: Plugin = {
    name: 'report',
    setup: ({ onStart, onEnd }) => {
      onStart(() => {
        startedMs = now();
      });
      onEnd(({ errors, outputFiles = [], metafile }) => {
        if (metafile) inputs = Object.keys(metafile.inputs).map((file) => resolve(root, file));
        if (mayBeHalfWritten([...inputs, ...filesOf(errors)], startedMs, now())) {
          setTimeout(() => building.rebuild().catch(() => {}), SAVE_MS); // whose end is reported here too
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
  process.once('exit', () => void stop()); // esbuild's process, while it watches, can outlive this one
}

const SAVE_MS = 100; // an editor that truncates a file has written it again by then

/** Whether a file was changed so short a time before the build that a save may still be under way. */
function mayBeHalfWritten(files: readonly string[], startedMs: number, nowMs: number): boolean {
  const newestMs = Math.max(...files.map((file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0));
  return newestMs > startedMs - SAVE_MS && newestMs <= nowMs; // a clock that was set back is no save
}

const hashOf = (files: readonly OutputFile[]): string => files.map(({ hash }) => hash).join();

/** Replaces each file as a whole: a function may be loading it. */
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
  location !== null && !location.file.startsWith('entry:'); // the namespace is put before the path
