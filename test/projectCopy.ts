import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(__dirname, '..');
const PARTS = ['docs', 'events', 'handlers', 'infra', 'lib', 'package.json', 'serverless.yml', 'tsconfig.json'];

export type ProjectCopy = { readonly directory: string; readonly remove: () => void };

/** Copies the project to a temporary folder, where a test may change and build it. */
export function copyProject(): ProjectCopy {
  const directory = mkdtempSync(join(tmpdir(), 'project-'));
  for (const part of PARTS) cpSync(join(root, part), join(directory, part), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'));
  return { directory, remove: () => rmSync(directory, { recursive: true }) };
}
