import { readFileSync } from 'node:fs';

const POLL_MS = 250;

/**
 * Calls `end` once the npm that started this process has ended. npm forwards SIGTERM to the shell in which it runs a
 * script, but the shell does not forward it; SIGKILL ends only npm.
 *
 * If the shell is bash, this process replaces it, and npm is the parent. Other shells stay between them and are themselves
 * orphaned when npm ends, which /proc shows, where it exists.
 */
export function whenOrphaned(end: () => void): void {
  const parent = process.ppid;
  const npm = nameOf(parentOf(parent)).startsWith('npm') ? parentOf(parent) : undefined;
  const timer = setInterval(() => {
    if (process.ppid === parent && (npm === undefined || parentOf(parent) === npm)) return;
    clearInterval(timer);
    end();
  }, POLL_MS);
  timer.unref();
}

/** Reads the fields of proc_pid_stat(5): pid, name in parentheses, state, parent, … */
const statOf = (pid: number | undefined): RegExpExecArray | null => {
  try {
    return /^\d+ \((.*)\) \S (\d+) /s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return null; // it has ended, or there is no /proc
  }
};

const nameOf = (pid: number | undefined): string => statOf(pid)?.[1] ?? '';

function parentOf(pid: number): number | undefined {
  const parent = statOf(pid)?.[2];
  return parent === undefined ? undefined : Number(parent);
}
