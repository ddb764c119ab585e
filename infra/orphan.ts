import { readFileSync } from 'node:fs';

const POLL_MS = 250;

/**
 * Calls `end` once npm, which has started this process, is gone. npm passes SIGTERM on to the shell that it runs a script
 * in, and the shell dies of it alone; of SIGKILL npm dies alone.
 *
 * Where the shell is bash, this process takes the shell's place, and npm is the parent itself. Another shell stays
 * between them, and is itself orphaned by npm's death; that shows in /proc, where there is one.
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

/** The fields of proc_pid_stat(5): pid, name in parentheses, state, parent, … */
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
