/** `npm run instances` with real pipes, devices, signals and terminals. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hasPseudoTerminals, runLine, start, startInTerminal } from '../../test/commandLine';
import { type FaultProxy, startFaultProxy } from '../../test/faultProxy';
import { throttled } from '../../test/faults';
import { putInstances } from '../../test/tables';
import { createClient, databaseEnvironment } from '../local/database';
import { type Emulator, startEmbedded } from '../local/emulator';
import { createTables, localTableNames } from '../local/tables';

const INSTANCES = 'node -r esbuild-register infra/tools/instances.ts';
const ROWS = 2_000;

describe('npm run instances', () => {
  let emulator: Emulator;
  let proxy: FaultProxy;
  let env: NodeJS.ProcessEnv;
  let directory: string;
  const client = () => createClient(databaseEnvironment(emulator.endpoint, localTableNames({})));

  beforeAll(async () => {
    emulator = await startEmbedded();
    proxy = await startFaultProxy(emulator.endpoint);
    env = { ...databaseEnvironment(proxy.endpoint, localTableNames({})) };
    const dynamoDb = client();
    await createTables(dynamoDb, localTableNames({}));
    const filler = { S: 'x'.repeat(100) }; // more than a pipe holds
    const rows = Array.from({ length: ROWS }, (_, i) => ({ id: { N: String(i + 1) }, uuid: { N: '1' }, filler }));
    await putInstances(dynamoDb, 'InstancesTable', rows);
    dynamoDb.destroy();
  });
  afterAll(async () => {
    await proxy.stop();
    await emulator.stop();
  });
  beforeEach(async () => {
    proxy.heal();
    directory = await mkdtemp(join(tmpdir(), 'instances-'));
    env.DIRECTORY = directory;
  });
  afterEach(() => rm(directory, { recursive: true }));

  it.each([
    ['standard output', `${INSTANCES} export | wc -l`],
    ['/dev/stdout', `${INSTANCES} export /dev/stdout | wc -l`],
    ['a link to /dev/stdout', `ln -s /dev/stdout $DIRECTORY/link && ${INSTANCES} export $DIRECTORY/link | wc -l`],
    ['/dev/stdout that is a file', `${INSTANCES} export /dev/stdout > $DIRECTORY/file; wc -l < $DIRECTORY/file`],
    ['a FIFO', `mkfifo $DIRECTORY/fifo; ${INSTANCES} export $DIRECTORY/fifo >&2 & wc -l < $DIRECTORY/fifo; wait`],
    ['a process substitution', `exec 3>&1; ${INSTANCES} export >(wc -l >&3) >&2; wait $!`],
    ['npm’s own pipe, without its banner', 'npm run --silent instances -- export | wc -l'],
  ])('exports completely to %s', async (_, line) => {
    const { exitCode, stdout, stderr } = await runLine(line, env);
    expect({ exitCode, stdout: stdout.trim(), stderr }).toEqual({
      exitCode: 0,
      stdout: String(ROWS),
      stderr: `${ROWS} instances exported\n`,
    });
  });

  it('exports to a device without replacing it', async () => {
    const line = `${INSTANCES} export /dev/null && test -c /dev/null`;
    expect(await runLine(line, env)).toEqual({ exitCode: 0, stdout: `${ROWS} instances exported\n`, stderr: '' });
  });

  it.each([
    ['a full disk', `${INSTANCES} export > /dev/full`, /^error: standard output: ENOSPC: .*\n$/],
    [
      'a full device',
      `${INSTANCES} export /dev/full`,
      /^error: ENOSPC: .*; the export is incomplete: \d+ instances were read\n$/,
    ],
    [
      'a reader of a FIFO that has gone',
      `mkfifo $DIRECTORY/fifo; (: < $DIRECTORY/fifo) & ${INSTANCES} export $DIRECTORY/fifo`,
      /^error: EPIPE: .*; the export is incomplete: \d+ instances were read\n$/,
    ],
  ])('fails on %s', async (_, line, message) => {
    expect(await runLine(line, env)).toEqual({ exitCode: 1, stdout: '', stderr: expect.stringMatching(message) });
  });

  it('reports how much was read if the reader closes the pipe', async () => {
    const { exitCode, stdout, stderr } = await runLine(`${INSTANCES} export | head -1; exit \${PIPESTATUS[0]}`, env);
    expect({ exitCode, lines: stdout.split('\n').length }).toEqual({ exitCode: 0, lines: 2 });
    expect(stderr).toMatch(/^the export is incomplete: \d+ instances were read: the reader closed the pipe\n$/);
  });

  it("warns of npm's banner in an export, and reports it in an import", async () => {
    const line =
      'npm run instances -- export > $DIRECTORY/file && npm run --silent instances -- import --dry-run $DIRECTORY/file';
    const { exitCode, stdout, stderr } = await runLine(line, env);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: `${ROWS} would be loaded, 2 refused\n` });
    expect(stderr).toMatch(
      /^the output begins with npm's banner: use npm run --silent\n.*\nline 2 is refused: it is npm's banner, .*\nline 3 is refused: it is npm's banner/,
    );
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'leaves no part of a file when an export ends by %s',
    async (signal) => {
      proxy.inject({ operation: 'Query', fault: () => void running.process.kill(signal) });
      const running = start(`exec ${INSTANCES} export --force $DIRECTORY/file`, env);
      await writeFile(join(directory, 'file'), 'before');
      const { stdout, stderr } = await running.ended;
      expect({ stdout, stderr }).toEqual({ stdout: '', stderr: `error: interrupted by ${signal}\n` });
      expect(await readdir(directory)).toEqual(['file']);
      expect(await readFile(join(directory, 'file'), 'utf8')).toBe('before');
    },
  );

  it.each(['import', 'export'])('%s ends on a signal while it waits for a FIFO', async (command) => {
    const line = `mkfifo $DIRECTORY/fifo; ${INSTANCES} ${command} $DIRECTORY/fifo & pid=$!
      while kill -0 $pid && ! grep -qs wait_for_partner /proc/$pid/task/*/wchan; do sleep 0.1; done
      kill -INT $pid; wait $pid`;
    expect(await runLine(line, env)).toMatchObject({ exitCode: 130, stdout: '' });
  });

  it('ends an import on SIGTERM to npm, with what is loaded and how to continue', async () => {
    proxy.inject({
      operation: 'PutItem',
      skip: 2,
      fault: (response, forward) => {
        running.process.kill('SIGTERM');
        return throttled(response, forward);
      },
    });
    await writeFile(join(directory, 'file'), '{"id":1}\n{"uuid":2}\n{"uuid":3}\n{"uuid":4}\n{"uuid":5}\n');
    const running = start('exec npm run --silent instances -- import $DIRECTORY/file', env);
    const { stderr } = await running.ended;
    expect(stderr).toMatch(
      /\nerror: interrupted by SIGTERM; 3 loaded, 0 refused; 2 of them had no id, the last of which is line 3: remove the records up to it before you run it again\n$/,
    );
  });

  const inTerminal = hasPseudoTerminals() ? describe : describe.skip;
  inTerminal('in a terminal', () => {
    it('shows the progress of an import, and starts a new line after Ctrl-C', async () => {
      proxy.inject({ operation: 'UpdateItem', skip: 1, fault: () => {} }); // no answer
      const lines = Array.from({ length: 100 }, (_, i) => `{"id":${i + 1}}`).join('\n');
      await writeFile(join(directory, 'file'), lines);
      const running = startInTerminal(`npm run --silent instances -- import $DIRECTORY/file`, env);
      await running.printed(/1 done/);
      running.process.stdin?.write('\x03');
      await running.printed(/\^C/);
      proxy.heal();
      await proxy.refuse();
      await proxy.resume();
      const { stdout } = await running.ended;
      expect(stdout).toMatch(/\r\nerror: interrupted by SIGINT; \d+ loaded, 0 refused; to continue, run it again/);
      for (const mode of ['\x1b[?7l', '\x1b[?25l']) expect(stdout).not.toContain(mode);
    });
  });
});
