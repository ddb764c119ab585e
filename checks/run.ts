/**
 * `npm run tool -- knip`: runs a tool of checks/package.json, which has what neither `npm start` nor `npm test` needs.
 * Its packages are installed when they are first needed, and again when the lock file has changed.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';

/** Installs what a folder's lock file names, unless that is there. @throws Error if npm fails */
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

/** The folder of an installed package; installs the packages if need be. */
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
