/** Builds the functions for the local tools: as `npm run build` does, but a failure is one line. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { type BuildFailure, type BuildResult, build, context, type Message, type PluginBuild } from 'esbuild';
import { bundleOptions } from '../build/bundle';

const options = { ...bundleOptions, logLevel: 'silent' } as const;

export async function buildFunctions(): Promise<void> {
  await build(options).catch(throwFirstError);
}

/**
 * Builds them, and again whenever a source file changes. Rejects if the first build fails; later failures are told
 * on stderr, and the last good build stays.
 *
 * @param onBuilt called after each build that succeeded
 */
export async function watchFunctions(onBuilt: () => void): Promise<void> {
  let isWatching = false;
  const report = {
    name: 'report',
    setup: ({ onEnd }: PluginBuild) =>
      onEnd(({ errors, outputFiles }) => {
        if (errors.length > 0) {
          if (isWatching) console.error(errors.map(toLine).join('\n'));
          return;
        }
        writeFiles(outputFiles);
        onBuilt();
      }),
  };
  const building = await context({ ...options, write: false, plugins: [report] }); // esbuild deletes what fails
  await building.rebuild().catch(throwFirstError);
  isWatching = true;
  await building.watch();
}

function writeFiles(files: BuildResult['outputFiles'] = []): void {
  for (const { path, contents } of files) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, contents);
  }
}

function throwFirstError(failure: BuildFailure): never {
  throw new Error(failure.errors.map(toLine)[0], { cause: failure });
}

const toLine = ({ location, text }: Message): string =>
  location ? `${location.file}:${location.line}:${location.column}: ${text}` : text;
