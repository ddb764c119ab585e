/** Packages the bundles in dist/ as `npm run package` does. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

const root = join(__dirname, '..');

export type Resource = {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
  readonly [attribute: string]: unknown;
};
type Template = {
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Conditions: Readonly<Record<string, unknown>>;
};

export type Package = {
  readonly template: Template;
  /** Returns the path of a function's zip. */
  readonly zip: (functionName: string) => string;
  readonly remove: () => void;
};

export function packageService(...options: string[]): Package {
  const { directory, remove } = copyService();
  const { status, output } = runServerless(directory, ['package', ...options]);
  if (status !== 0) {
    remove();
    throw new Error(`osls package failed:\n${output}`);
  }
  const packaged = (name: string) => join(directory, '.serverless', name);
  return {
    template: JSON.parse(readFileSync(packaged('cloudformation-template-update-stack.json'), 'utf8')),
    zip: (functionName) => packaged(`${functionName}.zip`),
    remove,
  };
}

/** Copies what osls needs, because osls clears `.serverless/`, which may hold a package and is shared by all tests. */
export function copyService(): { readonly directory: string; readonly remove: () => void } {
  const directory = mkdtempSync(join(tmpdir(), 'package-'));
  for (const name of ['serverless.yml', 'package.json', 'infra', 'dist']) {
    cpSync(join(root, name), join(directory, name), {
      recursive: true,
      filter: (path) => basename(path) !== 'node_modules',
    });
  }
  symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'));
  return { directory, remove: () => rmSync(directory, { recursive: true }) };
}

export function runServerless(directory: string, args: readonly string[], env = process.env) {
  const osls = require.resolve('serverless/bin/serverless.js');
  const { status, output } = spawnSync(process.execPath, [osls, ...args], { cwd: directory, env });
  return { status, output: output.join('') };
}
