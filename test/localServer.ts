import { spawn } from 'node:child_process';
import { once } from 'node:events';

export type LocalServer = {
  /** Without a trailing slash. */
  readonly origin: string;
  readonly databaseEndpoint: string;
  /** The printed curl command. */
  readonly curl: string;
  /** The printed export line for other terminals. */
  readonly exportLine: string;
  /** The process id of npm. */
  readonly pid: number;
  /** The stderr output before it served. */
  readonly greeting: string;
  readonly stdout: () => string;
  /** The output since it serves. */
  readonly stderr: () => string;
  /** Resolves when all its processes have ended. */
  readonly ended: Promise<Ended>;
  /** Interrupts it like Ctrl-C; resolves when all its processes have ended. */
  readonly interrupt: () => Promise<void>;
};

export type Ended = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

/** Runs `npm start` in a folder, on a free port unless `env` names one. Rejects if it ends before it serves. */
export async function startServer(
  directory: string,
  env: NodeJS.ProcessEnv = {},
  args: readonly string[] = [],
): Promise<LocalServer> {
  const { npm, output, ended } = npmStart(directory, env, args);
  const isServing = new Promise<void>((resolve) => {
    npm.stderr?.on('data', () => {
      if (/^curl .*\n/m.test(output.stderr)) resolve();
    });
  });
  const failed = ended.then(({ code, stderr }) => Promise.reject(new Error(`npm start ended with ${code}: ${stderr}`)));
  await Promise.race([isServing, failed]);
  failed.catch(() => {}); // irrelevant once it has served
  const greeting = output.stderr;
  const [, origin, databaseEndpoint] = /^(http:\S+?)\/backend\S*, with DynamoDB at (\S+) /m.exec(greeting) ?? [];
  const [[curl], [exportLine]] = [/^curl .*$/m.exec(greeting) ?? [], /^export .*$/m.exec(greeting) ?? []];
  if (!origin || !databaseEndpoint || !curl || !exportLine) throw new Error(`npm start printed ${greeting}`);
  return {
    origin,
    databaseEndpoint,
    curl,
    exportLine,
    greeting,
    ended,
    pid: Number(npm.pid),
    stdout: () => output.stdout,
    stderr: () => output.stderr.slice(greeting.length),
    interrupt: async () => {
      if (npm.exitCode === null && npm.signalCode === null) process.kill(-Number(npm.pid), 'SIGINT');
      await ended;
    },
  };
}

/** Runs `npm start`, expecting it to fail. */
export const failToStart = (
  directory: string,
  env: NodeJS.ProcessEnv = {},
  args: readonly string[] = [],
): Promise<Ended> => npmStart(directory, env, args).ended;

function npmStart(directory: string, env: NodeJS.ProcessEnv, args: readonly string[]) {
  const npm = spawn('npm', ['start', '--silent', '--', ...args], {
    cwd: directory,
    env: { ...process.env, AWS_ENDPOINT_URL_DYNAMODB: '', PORT: '0', ...env },
    detached: true, // a process group, for Ctrl-C
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  npm.stdout.on('data', (text) => {
    output.stdout += text;
  });
  npm.stderr.on('data', (text) => {
    output.stderr += text;
  });
  // Not `exit`: the pipes close only after npm's children have ended.
  const ended: Promise<Ended> = once(npm, 'close').then(([code]) => ({ code, ...output }));
  return { npm, output, ended };
}
