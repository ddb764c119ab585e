/** What the bench compares with, and Lambda's Node.js: packages of their own, installed when they are first needed. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { installPackages } from '../checks/run';

const folder = join(__dirname, 'peers');

export const installPeers = (): void => installPackages(folder);

/** Lambda's version of Node.js, where there is one for this machine; else the one that this runs on. */
export function lambdaNode(): string {
  const binary = join(folder, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin/node');
  return existsSync(binary) ? binary : process.execPath;
}

export const versionOf = (node: string): string => spawnSync(node, ['--version']).stdout.toString().trim();

export const peer = (name: string): string => join(folder, `${name}.mjs`);
