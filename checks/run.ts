/**
 * `npm run tool -- knip`: runs a tool from checks/package.json, whose packages `npm start` and `npm test` do not need.
 * Installs the packages when they are first needed, and again when the lock file has changed.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';

/** Installs the packages of a folder's lock file, unless they are up to date. @throws Error if npm fails */
export function installPackages(folder: string): void {
  const lock = join(folder, 'package-lock.json');
  const installed = join(folder, 'node_modules/.package-lock.json');
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return;
  const name = relative(process.cwd(), folder);
  console.error(`installing the packages of ${name} …`);
  const { status } = spawnSync('npm', ['ci', '--prefix', folder, '--no-audit', '--no-fund', '--loglevel=error'], {
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  });
  if (status !== 0) throw new Error(`npm ci failed in ${name}`);
}

/** Returns the folder of a package; installs the packages if necessary. */
export function packageFolder(name: string): string {
  installPackages(__dirname);
  return join(__dirname, 'node_modules', name);
}

if (require.main === module) {
  const [tool = '', ...args] = process.argv.slice(2);
  const { status, error } = spawnSync(packageFolder(`.bin/${tool}`), args, { stdio: 'inherit' });
  if (error) console.error(error.message);
  process.exitCode = status ?? 1;
}
