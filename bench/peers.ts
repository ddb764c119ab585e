/** What the bench compares with, and Lambda's Node.js: packages of their own, installed when they are first needed. */
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(__dirname, 'peers');

/** Installs what the lock file names, if that is not there. */
export function installPeers(): void {
  const [lock, installed] = ['package-lock.json', 'node_modules/.package-lock.json'].map((file) => join(folder, file));
  if (lock && installed && existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return;
  console.error('installing what to compare with, into bench/peers …');
  const { status } = spawnSync('npm', ['ci', '--prefix', folder, '--no-audit', '--no-fund', '--loglevel=error'], {
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  });
  if (status !== 0) throw new Error('npm ci in bench/peers failed');
}

/** Lambda's version of Node.js, where there is one for this machine; else the one that this runs on. */
export function lambdaNode(): string {
  const binary = join(folder, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin/node');
  return existsSync(binary) ? binary : process.execPath;
}

export const versionOf = (node: string): string => spawnSync(node, ['--version']).stdout.toString().trim();

export const peer = (name: string): string => join(folder, `${name}.mjs`);

type SelfSigned = {
  generate(
    names: readonly { name: string; value: string }[],
    options: { keySize: number; algorithm: string; extensions: readonly object[] },
  ): Promise<{ private: string; cert: string }>;
};

/** A certificate for `localhost`, with a key of the size that DynamoDB's has. */
export async function createCertificate(): Promise<{ privateKey: string; certificate: string }> {
  const { generate }: SelfSigned = require(join(folder, 'node_modules/selfsigned'));
  const { private: privateKey, cert: certificate } = await generate([{ name: 'commonName', value: 'localhost' }], {
    keySize: 2048,
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] },
    ],
  });
  return { privateKey, certificate };
}
