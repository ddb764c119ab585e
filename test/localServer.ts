import { spawn } from 'node:child_process';
import { once } from 'node:events';

export type LocalServer = {
  /** Without a slash at the end. */
  readonly origin: string;
  readonly databaseEndpoint: string;
  /** The command that it says to try. */
  readonly curl: string;
  readonly stderr: () => string;
  /** As Ctrl-C does; resolves when all that was started has ended. */
  readonly interrupt: () => Promise<void>;
};

export type Ended = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

/** `npm start` in a folder, on a free port unless `env` says which. Rejects if it ends before it serves. */
export async function startServer(directory: string, env: NodeJS.ProcessEnv = {}): Promise<LocalServer> {
  const { npm, output, ended } = npmStart(directory, env);
  const isServing = new Promise<void>((resolve) => {
    npm.stdout?.on('data', () => {
      if (/^curl .*\n/m.test(output.stdout)) resolve();
    });
  });
  const failed = ended.then(({ code, stderr }) => Promise.reject(new Error(`npm start ended with ${code}: ${stderr}`)));
  await Promise.race([isServing, failed]);
  const [, origin, databaseEndpoint] = /^(http:\S+?)\/backend\S*, with DynamoDB at (\S+)$/m.exec(output.stdout) ?? [];
  const [curl] = /^curl .*$/m.exec(output.stdout) ?? [];
  if (!origin || !databaseEndpoint || !curl) throw new Error(`npm start printed ${output.stdout}`);
  return {
    origin,
    databaseEndpoint,
    curl,
    stderr: () => output.stderr,
    interrupt: async () => {
      failed.catch(() => {});
      if (npm.exitCode === null && npm.signalCode === null) process.kill(-Number(npm.pid), 'SIGINT');
      await ended;
    },
  };
}

/** `npm start` where it cannot serve. */
export const failToStart = (directory: string, env: NodeJS.ProcessEnv = {}): Promise<Ended> =>
  npmStart(directory, env).ended;

function npmStart(directory: string, env: NodeJS.ProcessEnv) {
  const npm = spawn('npm', ['start', '--silent'], {
    cwd: directory,
    env: { ...process.env, AWS_ENDPOINT_URL_DYNAMODB: '', PORT: '0', ...env },
    detached: true, // a process group, which Ctrl-C interrupts as a whole
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  npm.stdout.on('data', (text) => {
    output.stdout += text;
  });
  npm.stderr.on('data', (text) => {
    output.stderr += text;
  });
  // Not `exit`: only when its children have ended too, nobody holds the pipes any more.
  const ended: Promise<Ended> = once(npm, 'close').then(([code]) => ({ code, ...output }));
  return { npm, output, ended };
}
