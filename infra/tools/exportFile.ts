/** Writes an export to a file, a pipe or a device. A regular file only ever has complete content under its name. */
import { randomUUID } from 'node:crypto';
import { createWriteStream, rmSync, type Stats } from 'node:fs';
import { chmod, chown, readlink, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { unlessAborted } from './interruption';
import { ToolError } from './toolError';

/** Whether `path` is standard output: `-`, /dev/stdout, or a link to it. */
export const isStandardOutput = async (path: string): Promise<boolean> =>
  path === '-' || descriptorOf(await followLinks(resolve(path))) === 1;

/**
 * Writes an export to `path`. A regular file is written under a temporary name in the same folder and then renamed,
 * keeping the mode of an existing file. A symbolic link is kept, and its target written. Anything else (a pipe, a
 * device, a descriptor such as /dev/fd/63) is written directly.
 *
 * @throws ToolError if a regular file exists, unless `force` is given
 */
export async function writeExport(
  path: string,
  lines: AsyncIterable<string>,
  { force, signal }: { force: boolean; signal: AbortSignal },
): Promise<void> {
  const target = await followLinks(resolve(path));
  const before = await stat(target).catch((error) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  const descriptor = descriptorOf(target);
  if (descriptor !== undefined) return pipeline(lines, createWriteStream('', { fd: descriptor, autoClose: false }));
  if (before && !before.isFile()) return unlessAborted(pipeline(lines, createWriteStream(target)), signal);
  if (before && !force) throw new ToolError(`${path} exists: add --force to overwrite it`);
  await writeBeside(target, before, lines);
}

/** The path that a symbolic link leads to, also if nothing is there yet. Links of /proc are descriptors, not paths. */
async function followLinks(path: string, hops = 0): Promise<string> {
  if (descriptorOf(path) !== undefined) return path;
  const link = await readlink(path).catch(() => undefined); // most paths are not links
  if (link === undefined) return path;
  if (hops === MAX_HOPS) throw new ToolError(`${path}: too many levels of symbolic links`);
  return followLinks(resolve(dirname(path), link), hops + 1);
}

const MAX_HOPS = 40; // as in path_resolution(7)

const STANDARD = ['stdin', 'stdout', 'stderr'];

/** The descriptor that /dev/stdout, /dev/fd/63 or /proc/self/fd/63 stands for. */
function descriptorOf(path: string): number | undefined {
  const [, name = '', digits] = /^\/(?:dev\/(std\w+)|(?:dev|proc\/self)\/fd\/(\d+))$/.exec(path) ?? [];
  if (digits !== undefined) return Number(digits);
  return STANDARD.includes(name) ? STANDARD.indexOf(name) : undefined;
}

async function writeBeside(target: string, before: Stats | undefined, lines: AsyncIterable<string>): Promise<void> {
  const part = join(dirname(target), `.instances-${randomUUID()}.part`);
  const removePart = () => rmSync(part, { force: true });
  process.once('exit', removePart); // a second signal ends the process at once
  try {
    const permissions = before ? before.mode & 0o777 : 0o666; // never wider than the final ones, even while it is written
    await pipeline(lines, createWriteStream(part, { flags: 'wx', mode: permissions, flush: true }));
    if (before) {
      await chown(part, before.uid, before.gid).catch(() => {}); // only root may give a file away
      await chmod(part, before.mode & 0o7777); // creating it has applied the umask
    }
    await rename(part, target);
  } finally {
    process.off('exit', removePart);
    await rm(part, { force: true });
  }
}
