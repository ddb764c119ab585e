/** The tools as processes, with real pipes, devices, signals and terminals. */
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { version } from '../../package.json';
import { ANY_CREDENTIALS, hasPseudoTerminals, runLine, start, startInTerminal } from '../../test/commandLine';
import { TABLES } from '../../test/tables';
import { type Emulator, startEmbedded } from '../local/emulator';

/** A server on loopback that is not DynamoDB. */
async function startStranger(listener: RequestListener) {
  const sockets = new Set<Socket>();
  const connects: string[] = [];
  const server = createServer(listener).listen(0, '127.0.0.1');
  server.on('connection', (socket) => sockets.add(socket).size);
  server.on('connect', ({ url = '' }, socket) => {
    connects.push(url);
    socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
  });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    port,
    /** The hosts that clients requested of it as a proxy. */
    connects,
    stop: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

const environmentFor = (endpoint: string) => ({ ...TABLES, ...ANY_CREDENTIALS, AWS_ENDPOINT_URL_DYNAMODB: endpoint });

const TOOLS = [
  ['token', ['create', 'add', 'list', 'revoke']],
  ['instances', ['import', 'export']],
  ['page-index', ['rebuild', 'verify']],
  ['smoke', []],
] as const;

it.each(TOOLS)('npm run %s prints its usage and commands with --help', async (tool, commands) => {
  const { exitCode, stdout, stderr } = await runLine(`npm run --silent ${tool} -- --help`);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(stdout).toMatch(new RegExp(`^Usage: npm run ${tool} -- \\[options\\]`));
  for (const command of commands) expect(stdout).toMatch(new RegExp(`^  ${command} .*\\w`, 'm'));
});

describe.each(['token', 'instances', 'pageIndex', 'smoke'])('infra/tools/%s.ts', (tool) => {
  it('ends silently if the reader closes the pipe, and fails with one line if the disk is full', async () => {
    const help = `node -r esbuild-register infra/tools/${tool}.ts --help`;
    const [closed, full] = await Promise.all([
      runLine(`${help} | exec true; exit \${PIPESTATUS[0]}`),
      runLine(`${help} > /dev/full`),
    ]);
    expect(closed).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    expect(full).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: 'error: standard output: ENOSPC: no space left on device, write\n',
    });
  });
});

describe('a tool', () => {
  let emulator: Emulator;
  beforeAll(async () => {
    emulator = await startEmbedded();
  });
  afterAll(() => emulator.stop());

  it('prints the version of the project', async () => {
    expect(await runLine('npm run --silent token -- --version')).toEqual({
      exitCode: 0,
      stdout: `${version}\n`,
      stderr: '',
    });
  });

  it('names the missing variable', async () => {
    expect(await runLine('npm run --silent token -- list')).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: 'error: TOKENS_TABLE is not set\n',
    });
  });

  it.each([
    ['no region', { AWS_REGION: '' }, /^error: no AWS region: set AWS_REGION/],
    [
      'no credentials',
      { AWS_ACCESS_KEY_ID: '', AWS_EC2_METADATA_DISABLED: 'true' },
      /^error: no AWS credentials: set AWS_PROFILE to a profile that has some/,
    ],
    [
      'an endpoint without a scheme',
      { AWS_ENDPOINT_URL_DYNAMODB: 'localhost:8000' },
      /^error: AWS_ENDPOINT_URL_DYNAMODB must be a URL such as http:\/\/localhost:8000, not "localhost:8000"/,
    ],
    [
      'an endpoint where nothing listens',
      { AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:1' },
      /^error: DynamoDB \(http:\/\/127.0.0.1:1\) cannot be reached: connect ECONNREFUSED 127.0.0.1:1/,
    ],
  ])('reports %s in one line', async (_, env, message) => {
    const { exitCode, stderr } = await runLine('npm run --silent page-index -- verify', {
      ...environmentFor(''),
      ...env,
    });
    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr: expect.stringMatching(new RegExp(`${message.source}.*\n$`)),
    });
  });

  it.each<[string, RequestListener, number]>([
    ['a web page', (_, response) => response.end('<!DOCTYPE html>'), 200],
    [
      'an API',
      (_, response) => response.writeHead(404, { 'content-type': 'application/json' }).end('{"message":"Not Found"}'),
      404,
    ],
    ['nothing', (_, response) => response.writeHead(403).end(), 403],
  ])('reports an endpoint that answers with %s', async (_, listener, status) => {
    const stranger = await startStranger(listener);
    const { exitCode, stderr } = await runLine(
      'npm run --silent instances -- export',
      environmentFor(stranger.endpoint),
    );
    stranger.stop();
    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr: `error: the server at ${stranger.endpoint} is not DynamoDB (HTTP status ${status}): check AWS_ENDPOINT_URL_DYNAMODB and proxies\n`,
    });
  });

  it('names a missing table and its place', async () => {
    expect(await runLine('npm run --silent token -- list', environmentFor(emulator.endpoint))).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: `error: ResourceNotFoundException: there is no table tokens (${emulator.endpoint})\n`,
    });
  });

  it('prefers the keys in the environment to AWS_PROFILE, without a warning', async () => {
    const env = { ...environmentFor(emulator.endpoint), AWS_PROFILE: 'nope' };
    const { exitCode, stderr } = await runLine('npm run --silent token -- list', env);
    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr: `error: ResourceNotFoundException: there is no table tokens (${emulator.endpoint})\n`,
    });
  });

  it('names account, region and stage before it writes', async () => {
    const sts = await startStranger((_, response) =>
      response.end(
        '<GetCallerIdentityResponse><GetCallerIdentityResult><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>',
      ),
    );
    const { exitCode, stderr } = await runLine('npm run --silent page-index -- rebuild', {
      ...environmentFor('https://127.0.0.1:1'),
      AWS_ENDPOINT_URL_STS: sts.endpoint,
      PAGE_INDEX_TABLE: 'lambda-instances-api-production-PageIndexTable-1AB2C',
    });
    sts.stop();
    expect({ exitCode, stderr: stderr.split('\n')[0] }).toEqual({
      exitCode: 1,
      stderr:
        'writing to table lambda-instances-api-production-PageIndexTable-1AB2C (account 123456789012, region eu-central-1, https://127.0.0.1:1, stage production)',
    });
  });

  it.each([
    ['goes through the proxy that HTTPS_PROXY names', '', ['127.0.0.1:1']],
    ['bypasses the proxy for a host in NO_PROXY', '127.0.0.1', []],
  ])('%s', async (_, noProxy, connects) => {
    const proxy = await startStranger(() => {});
    const env = { ...environmentFor('https://127.0.0.1:1'), HTTPS_PROXY: proxy.endpoint, NO_PROXY: noProxy };
    const { exitCode, stderr } = await runLine('npm run --silent token -- list', env);
    proxy.stop();
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: expect.stringMatching(/^error: .*\n$/) });
    expect([...new Set(proxy.connects)]).toEqual(connects);
  });

  const inTerminal = hasPseudoTerminals() ? it.each : it.skip.each;
  inTerminal([['rebuild'], ['verify']])(
    'page-index %s ends after an error on a terminal, and shows it',
    async (command) => {
      const running = startInTerminal(`npm run --silent page-index -- ${command}`, environmentFor(emulator.endpoint));
      const { exitCode, stdout } = await running.ended;
      expect(exitCode).toBe(1);
      expect(stdout).toMatch(
        /\r\nerror: ResourceNotFoundException: there is no table (instances|page-index) \(http:.*\)\r\n$/,
      );
      expect(stdout).not.toContain('\x1b[?'); // no mode of the terminal is changed
    },
  );

  describe('that DynamoDB keeps waiting', () => {
    /** Runs a tool until DynamoDB has its request, ends it with `end`, and waits until the connection is closed. */
    async function endWhileWaiting(line: string, end: (running: ReturnType<typeof start>, pid: number) => void) {
      const hanging = createServer().listen(0, '127.0.0.1');
      await once(hanging, 'listening');
      const { port } = hanging.address() as AddressInfo;
      const running = start(line, environmentFor(`http://127.0.0.1:${port}`));
      const [{ socket }] = await once(hanging, 'request');
      const closed = once(socket, 'close');
      end(running, Number(running.process.pid));
      await closed;
      hanging.close();
      return running.ended;
    }

    it.each([
      ['SIGINT', 130],
      ['SIGTERM', 143],
      ['SIGHUP', 129],
    ] as const)('ends on %s with exit code %i', async (signal, exitCode) => {
      const line = 'exec node -r esbuild-register infra/tools/token.ts list';
      const ended = await endWhileWaiting(line, (_, pid) => process.kill(pid, signal));
      expect(ended).toEqual({ exitCode, stdout: '', stderr: `error: interrupted by ${signal}\n` });
    });

    it.each(['SIGTERM', 'SIGHUP', 'SIGKILL'] as const)('leaves nothing running after %s to npm', async (signal) => {
      const line = 'exec npm run --silent page-index -- verify';
      const { stderr } = await endWhileWaiting(line, (_, pid) => process.kill(pid, signal));
      expect(stderr).toMatch(/^error: interrupted by SIG(TERM|HUP)$/m);
    });
  });
});
