/** The peers of the bench, and Lambda's Node.js: separate packages, installed when first needed. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { installPackages } from '../checks/run';

const folder = join(__dirname, 'peers');

export const installPeers = (): void => installPackages(folder);

/** Returns Lambda's version of Node.js if available for this platform, otherwise the running one. */
export function lambdaNode(): string {
  const binary = join(folder, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin/node');
  return existsSync(binary) ? binary : process.execPath;
}

export const versionOf = (node: string): string => spawnSync(node, ['--version']).stdout.toString().trim();

export const peer = (name: string): string => join(folder, `${name}.mjs`);
