/** Runs command lines in real shells, pipes and pseudo-terminals. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { join } from 'node:path';

const PROJECT = join(__dirname, '..');

export type Ended = { readonly exitCode: number | null; readonly stdout: string; readonly stderr: string };

/** A running command line; `ended` resolves with its whole output. */
export type Running = {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
  /** The output so far, stdout before stderr. */
  readonly output: () => string;
  /** Resolves once the output (stdout or stderr) matches; rejects if the command ends first. */
  readonly printed: (pattern: RegExp) => Promise<void>;
};

/** Credentials and region for an endpoint that accepts any. */
export const ANY_CREDENTIALS = { AWS_REGION: 'eu-central-1', AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x' };

/** Starts a line of bash in the project's folder, with only PATH and `env` in its environment. */
export function start(line: string, env: NodeJS.ProcessEnv = {}): Running {
  return watch(spawn('bash', ['-c', line], { cwd: PROJECT, env: bareEnvironment(env) }));
}

/** Runs a line of bash to its end. */
export function runLine(line: string, env: NodeJS.ProcessEnv = {}, input = ''): Promise<Ended> {
  const running = start(line, env);
  running.process.stdin?.on('error', () => {}).end(input); // the command may not read it
  return running.ended;
}

/** Whether pseudo-terminals can be tested: with util-linux's `script`. REQUIRE_ALL_SUITES makes tests fail without it. */
export const hasPseudoTerminals = (): boolean =>
  Boolean(process.env.REQUIRE_ALL_SUITES) ||
  /util-linux/.test(spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout ?? '');

/** Starts a line of bash in a pseudo-terminal: all output is in `stdout`, and stdin is typed input. */
export function startInTerminal(line: string, env: NodeJS.ProcessEnv = {}): Running {
  const args = ['--quiet', '--return', '--flush', '--command', line, '/dev/null'];
  const shell = { TERM: 'xterm', SHELL: '/bin/bash' };
  return watch(spawn('script', args, { cwd: PROJECT, env: bareEnvironment({ ...shell, ...env }) }));
}

const bareEnvironment = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({
  PATH: process.env.PATH,
  HOME: '/nonexistent',
  ...env,
});

function watch(child: ChildProcess): Running {
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text) => {
      output[name] += text;
    });
  }
  const whole = () => output.stdout + output.stderr;
  const ended = once(child, 'close').then(([exitCode, signal]) => ({
    exitCode: signal ? 128 + constants.signals[signal as NodeJS.Signals] : exitCode, // as shells have it
    ...output,
  }));
  return {
    process: child,
    ended,
    output: whole,
    printed: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => pattern.test(whole()) && resolve();
        child.stdout?.on('data', look);
        child.stderr?.on('data', look);
        look();
        ended.then(() => reject(new Error(`ended without ${pattern}: ${JSON.stringify(output)}`)), reject);
      }),
  };
}
