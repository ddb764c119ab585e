import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { Writable } from 'node:stream';
import { PutCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { createToken } from '../../lib/tokens/token';
import { verifyToken } from '../../lib/tokens/verify';
import { describeOnEmulators, type EmptyDatabase } from '../../test/emulators';
import { type Fault, type FaultProxy, startFaultProxy } from '../../test/faultProxy';
import { cutAfterwards, denied, failingAfterwards } from '../../test/faults';
import { emptyTable } from '../../test/tables';
import { createClient } from '../local/database';
import { createTerminal, type TestTerminal } from './terminal.testing';
import { tokenTool } from './token';

jest.setTimeout(60_000);

const SAMPLE = 'tJ3b3f32f23ceuqdoS_TH7m0d6yxmlWL1r2ralKcttY';
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
const sha256 = (token: string) => createHash('sha256').update(token).digest('hex');
const nowSeconds = () => Date.now() / 1000;
const jsonLines = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

describeOnEmulators('npm run token', ({ createDatabase }) => {
  let database: EmptyDatabase;
  let proxy: FaultProxy;
  let target: string;
  beforeAll(async () => {
    database = await createDatabase();
    const { AWS_ENDPOINT_URL_DYNAMODB, TOKENS_TABLE } = database.environment;
    proxy = await startFaultProxy(AWS_ENDPOINT_URL_DYNAMODB);
    target = `writing to table ${TOKENS_TABLE} (${AWS_ENDPOINT_URL_DYNAMODB})\n`;
  });
  afterAll(() => proxy.stop());
  afterEach(async () => {
    proxy.heal();
    await emptyTable(database.client, database.environment.TOKENS_TABLE, ['tokenHash']);
  });

  async function run(args: string[], input = '', terminal = createTerminal(database.environment, input)) {
    const exitCode = await tokenTool(args, terminal, () => database.client);
    return { exitCode, ...terminal.printed };
  }

  /** Like `run`, over a network on which the first calls fail in these ways. */
  async function runOverFaults(
    args: string[],
    input: string | TestTerminal,
    ...faults: { fault: Fault; operation?: string; times?: number }[]
  ) {
    const environment = { ...database.environment, AWS_ENDPOINT_URL_DYNAMODB: proxy.endpoint };
    proxy.inject(...faults);
    const client = createClient(environment);
    const terminal = typeof input === 'string' ? createTerminal(environment, input) : input;
    const exitCode = await tokenTool(args, terminal, () => client).finally(() => client.destroy());
    return { exitCode, ...terminal.printed };
  }

  const rows = async (): Promise<Record<string, unknown>[]> =>
    (await database.documents.send(new ScanCommand({ TableName: database.environment.TOKENS_TABLE }))).Items ?? [];

  const put = (Item: Record<string, unknown>) =>
    database.documents.send(new PutCommand({ TableName: database.environment.TOKENS_TABLE, Item }));

  const isLive = (token: string, at = nowSeconds()) =>
    verifyToken(sha256(token), {
      sender: database.client,
      table: database.environment.TOKENS_TABLE,
      nowSeconds: at,
      log: { warn: () => {} },
    }).then(
      () => true,
      () => false,
    );

  describe('create', () => {
    it('prints only the token to stdout, and stores only its hash', async () => {
      const { exitCode, stdout, stderr } = await run(['create', '--label', 'ci']);
      expect(exitCode).toBe(0);
      expect(stdout).toMatch(/^lit_[0-9A-Za-z]{49}\n$/);
      const token = stdout.trim();
      const stored = await rows();
      expect(stored).toEqual([
        { tokenHash: sha256(token), tokenId: expect.any(String), label: 'ci', createdAt: expect.any(Number) },
      ]);
      expect(stderr).toBe(`${target}token ${stored[0]?.tokenId}, shown only once:\n`);
      expect(JSON.stringify(stored)).not.toContain(token);
      expect(await isLive(token)).toBe(true);
    });

    it.each([
      ['15m', 900],
      ['12h', 43_200],
      ['90d', 7_776_000],
      ['1s', 1],
    ])('creates a token that lives for %s', async (expires, seconds) => {
      const { stdout } = await run(['create', '--label', 'ci', '--expires', expires, '--json']);
      const { token, createdAt, expiresAt, ...others } = JSON.parse(stdout);
      expect(Object.keys(others)).toEqual(['tokenId', 'label']);
      expect([createdAt, expiresAt]).toEqual([expect.stringMatching(TIME), expect.stringMatching(TIME)]);
      const end = Date.parse(expiresAt) / 1000;
      expect(end - Date.parse(createdAt) / 1000).toBe(seconds);
      expect(await isLive(token, end - 1)).toBe(true);
      expect(await isLive(token, end)).toBe(false);
    });

    it('succeeds if the first responses to its write are lost', async () => {
      const { exitCode, stdout } = await runOverFaults(
        ['create', '--label', 'ci'],
        '',
        { fault: failingAfterwards, times: 1 },
        { fault: cutAfterwards, times: 1 },
      );
      expect(exitCode).toBe(0);
      expect(await isLive(stdout.trim())).toBe(true);
      expect(await rows()).toHaveLength(1);
    });

    it('says how to invalidate the token if no response to its write arrives', async () => {
      const { exitCode, stdout, stderr } = await runOverFaults(['create', '--label', 'ci', '--json'], '', {
        fault: failingAfterwards,
      });
      expect(exitCode).toBe(1);
      expect(() => JSON.parse(stdout)).toThrow();
      const [{ tokenId } = {}] = await rows();
      expect(stderr).toContain(
        `the token may have been stored: \`npm run token -- revoke ${tokenId}\` makes sure that it is invalid\n`,
      );
      expect(await run(['revoke', String(tokenId)])).toMatchObject({ exitCode: 0 });
      expect(await isLive(JSON.parse(`${stdout}}`).token)).toBe(false);
    });

    it('reports that the token is invalid if the write is refused', async () => {
      const { exitCode, stdout, stderr } = await runOverFaults(['create', '--label', 'ci'], '', { fault: denied });
      expect({ exitCode, stderr }).toEqual({
        exitCode: 1,
        stderr: expect.stringMatching(/AccessDeniedException.*; the token was not stored and is invalid\n$/),
      });
      expect(stdout).not.toContain('\n');
      expect(await rows()).toEqual([]);
    });

    it('says how to invalidate the token if it is interrupted', async () => {
      const environment = { ...database.environment, AWS_ENDPOINT_URL_DYNAMODB: proxy.endpoint };
      const client = createClient(environment);
      const terminal = createTerminal(environment);
      let givenUp: Promise<unknown> | undefined;
      proxy.inject({
        fault: async (response, forward) => {
          givenUp = once(response, 'close');
          await forward();
          terminal.interruption.interrupt('SIGINT');
        },
      });
      expect(await tokenTool(['create', '--label', 'ci'], terminal, () => client)).toBe(130);
      await givenUp;
      client.destroy();
      expect(terminal.printed.stderr).toContain(`interrupted by SIGINT; the token may have been stored`);
      expect(terminal.printed.stderr).toContain(`revoke ${(await rows())[0]?.tokenId}`);
    });

    /** A terminal whose stdout accepts only this many writes. */
    const closingAfter = (writes: number): TestTerminal => {
      const terminal = createTerminal(database.environment);
      let count = 0;
      const stdout = new Writable({
        write: (chunk, _encoding, done) => {
          if (chunk.length > 0) count += 1;
          if (count > writes) return done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
          terminal.printed.stdout += chunk;
          done();
        },
      });
      return { ...terminal, stdout };
    };

    it.each([[['--json']], [[]]])('stores nothing if the token cannot be shown %j', async (options) => {
      const { exitCode, stderr } = await run(['create', '--label', 'ci', ...options], '', closingAfter(0));
      expect({ exitCode, stderr }).toEqual({
        exitCode: 1,
        stderr: expect.stringContaining('error: the token could not be shown, and was not stored: '),
      });
      expect(await rows()).toEqual([]);
    });

    it.each([[['--json']], [[]]])('revokes the token if its reader leaves before the line ends %j', async (options) => {
      const { exitCode, stderr } = await run(['create', '--label', 'ci', ...options], '', closingAfter(1));
      const stored = await rows();
      expect(stored).toEqual([expect.objectContaining({ revoked: true, revokedAt: expect.any(Number) })]);
      expect({ exitCode, stderr }).toEqual({
        exitCode: 1,
        stderr: expect.stringContaining(`${stored[0]?.tokenId} is revoked\n`),
      });
    });

    it('names the token to revoke if it can be neither shown completely nor revoked', async () => {
      const { exitCode, stderr } = await runOverFaults(['create', '--label', 'ci'], closingAfter(1), {
        fault: denied,
        operation: 'UpdateItem',
      });
      expect({ exitCode, stderr }).toEqual({
        exitCode: 1,
        stderr: expect.stringContaining(
          `the token could not be shown to its end: revoke ${(await rows())[0]?.tokenId}\n`,
        ),
      });
    });
  });

  describe('add', () => {
    it.each([SAMPLE, `Token ${SAMPLE}\n`, `Authorization: Token ${SAMPLE}\n`, `x-api-key: ${SAMPLE}\n`])(
      'imports %j as the API reads it from a header',
      async (input) => {
        const { exitCode, stdout, stderr } = await run(['add', '-', '--label', 'sample'], input);
        const stored = await rows();
        expect({ exitCode, stdout, stderr }).toEqual({
          exitCode: 0,
          stdout: `token ${stored[0]?.tokenId}\n`,
          stderr: target,
        });
        expect(stored).toEqual([expect.objectContaining({ tokenHash: sha256(SAMPLE), label: 'sample' })]);
        expect(await isLive(SAMPLE)).toBe(true);
      },
    );

    it('prints JSON with times in ISO 8601', async () => {
      const { stdout } = await run(['add', '--label', 'a', '--expires', '1d', '--json'], SAMPLE);
      expect(JSON.parse(stdout)).toEqual({
        tokenId: (await rows())[0]?.tokenId,
        label: 'a',
        createdAt: expect.stringMatching(TIME),
        expiresAt: expect.stringMatching(TIME),
      });
    });

    it('names an already stored token, and leaves it revoked', async () => {
      await run(['add', '--label', 'a'], SAMPLE);
      const [first] = await rows();
      expect(await run(['add', '--label', 'b'], SAMPLE)).toMatchObject({
        exitCode: 1,
        stdout: '',
        stderr: `${target}error: this token is stored already, as ${first?.tokenId}\n`,
      });
      await run(['revoke', String(first?.tokenId)]);
      const [revoked] = await rows();
      expect((await run(['add', '--label', 'b'], SAMPLE)).stderr).toMatch(
        new RegExp(`as ${first?.tokenId}; it was revoked at 2\\S+Z, and stays so\n$`),
      );
      expect(await rows()).toEqual([revoked]);
    });

    it('names a token without an id by its hash', async () => {
      await put({ tokenHash: sha256(SAMPLE) });
      expect((await run(['add', '--label', 'b'], SAMPLE)).stderr).toContain(`as sha256:${sha256(SAMPLE)}\n`);
    });

    it('succeeds if the first response to its write is lost', async () => {
      const fault = { fault: cutAfterwards, times: 1 };
      expect(await runOverFaults(['add', '--label', 'a'], SAMPLE, fault)).toMatchObject({ exitCode: 0 });
      expect(await rows()).toHaveLength(1);
    });

    it.each(['', '\n', 'a b', 'a\nb', 'ü', 'x'.repeat(513), 'x'.repeat(100_000), 'lit_mistyped', 'Token ', 'null\n'])(
      'imports nothing from %j',
      async (input) => {
        const { exitCode, stderr } = await run(['add', '--label', 'a'], input);
        expect({ exitCode, stderr }).toEqual({
          exitCode: 1,
          stderr: expect.stringMatching(/^error: standard input .*\n$/),
        });
        expect(await rows()).toEqual([]);
      },
    );

    it('stores no token in a label', async () => {
      const { exitCode, stderr } = await run(['add', '--label', `of ${SAMPLE}`], SAMPLE);
      expect(exitCode).toBe(1);
      expect(stderr).not.toContain(SAMPLE);
      expect(await rows()).toEqual([]);
    });
  });

  describe('list', () => {
    it('shows each token, including those that other systems stored', async () => {
      await put({
        tokenHash: sha256('b'),
        tokenId: 'b',
        label: '株',
        createdAt: 1_790_000_000,
        expiresAt: 1_800_000_000,
      });
      await put({
        tokenHash: sha256('a'),
        tokenId: 'a',
        label: '\u001b[31mred',
        createdAt: 1_780_000_000,
        revoked: true,
      });
      await put({
        tokenHash: sha256('d'),
        tokenId: 'd',
        createdAt: 1_795_000_000,
        revoked: true,
        revokedAt: 1_795_000_001,
      });
      await put({ tokenHash: 'c0ffee', label: 5, expiresAt: 'soon' });
      expect(await run(['list'])).toEqual({
        exitCode: 0,
        stderr: '',
        stdout: [
          'TOKEN ID       LABEL          CREATED               EXPIRES               REVOKED',
          'sha256:c0ffee  -              -                     -                     -',
          'a              \\u001b[31mred  2026-05-28T20:26:40Z  -                     revoked',
          'b              株             2026-09-21T14:13:20Z  2027-01-15T08:00:00Z  -',
          'd              -              2026-11-18T11:06:40Z  -                     2026-11-18T11:06:41Z',
          '',
        ].join('\n'),
      });
      expect(jsonLines((await run(['list', '--json'])).stdout)).toEqual([
        { tokenId: 'sha256:c0ffee', revoked: false },
        { tokenId: 'a', label: '\u001b[31mred', createdAt: '2026-05-28T20:26:40Z', revoked: true },
        {
          tokenId: 'b',
          label: '株',
          createdAt: '2026-09-21T14:13:20Z',
          expiresAt: '2027-01-15T08:00:00Z',
          revoked: false,
        },
        { tokenId: 'd', createdAt: '2026-11-18T11:06:40Z', revoked: true, revokedAt: '2026-11-18T11:06:41Z' },
      ]);
    });

    it.each([[['list']], [['list', '--json']]])('warns of an expiry in milliseconds: %j', async (args) => {
      await put({ tokenHash: sha256('a'), tokenId: 'a', expiresAt: 1_795_547_038_000 });
      await put({ tokenHash: sha256('b'), tokenId: 'b', expiresAt: 1_795_547_038 });
      const { exitCode, stdout, stderr } = await run(args);
      expect({ exitCode, stderr }).toEqual({
        exitCode: 0,
        stderr:
          'warning: token a expires at +058868-08-14T10:06:40Z: expiresAt holds milliseconds, where the API reads seconds\n',
      });
      expect(stdout).toContain('+058868-08-14T10:06:40Z');
    });
  });

  describe('revoke', () => {
    const create = async (): Promise<{ token: string; tokenId: string }> =>
      JSON.parse((await run(['create', '--label', 'ci', '--json'])).stdout);

    it('invalidates a token, and keeps its row and the time', async () => {
      const { token, tokenId } = await create();
      const [before] = await rows();
      expect(await run(['revoke', tokenId])).toEqual({
        exitCode: 0,
        stdout: `token ${tokenId} is revoked\n`,
        stderr: target,
      });
      const after = await rows();
      expect(after).toEqual([{ ...before, revoked: true, revokedAt: expect.any(Number) }]);
      expect(Math.abs(Number(after[0]?.revokedAt) - nowSeconds())).toBeLessThan(60);
      expect(await isLive(token)).toBe(false);
    });

    it.each([
      [{ revokedAt: 1_790_000_000 }, ', at 2026-09-21T14:13:20Z'],
      [{}, ''],
    ])('leaves a revoked token unchanged: %j', async (attributes, at) => {
      const row = { tokenHash: sha256(SAMPLE), tokenId: 'sample', revoked: true, ...attributes };
      await put(row);
      expect(await run(['revoke', 'sample'])).toEqual({
        exitCode: 0,
        stdout: `token sample was revoked already${at}\n`,
        stderr: '',
      });
      expect(await rows()).toEqual([row]);
    });

    it.each([SAMPLE, `Authorization: Token ${SAMPLE}\n`])('reads %j, the text of a token', async (input) => {
      await put({ tokenHash: sha256(SAMPLE), tokenId: 'sample' });
      await put({ tokenHash: sha256('other'), tokenId: 'sample' });
      const { exitCode, stdout } = await run(['revoke', '-', '--json'], input);
      expect(exitCode).toBe(0);
      expect(JSON.parse(stdout)).toEqual({
        tokenId: 'sample',
        revoked: true,
        revokedAt: expect.stringMatching(TIME),
      });
      expect([await isLive(SAMPLE), await isLive('other')]).toEqual([false, true]);
    });

    it('revokes a placeholder that was imported earlier', async () => {
      await put({ tokenHash: sha256('Token'), tokenId: 'placeholder' });
      expect(await run(['revoke', '-'], 'Token\n')).toMatchObject({ exitCode: 0 });
      expect(await isLive('Token')).toBe(false);
    });

    it('writes nothing with --dry-run', async () => {
      const { token, tokenId } = await create();
      expect(await run(['revoke', tokenId, '--dry-run'])).toEqual({
        exitCode: 0,
        stdout: `token ${tokenId} would be revoked\n`,
        stderr: '',
      });
      const { stdout } = await run(['revoke', '-', '--dry-run', '--json'], token);
      expect(JSON.parse(stdout)).toMatchObject({ tokenId, revoked: false });
      expect(await isLive(token)).toBe(true);
    });

    it('revokes a token without an id by its hash, and all that share an id', async () => {
      await put({ tokenHash: sha256(SAMPLE) });
      expect(await run(['revoke', `sha256:${sha256(SAMPLE)}`])).toMatchObject({ exitCode: 0 });
      await put({ tokenHash: sha256('a'), tokenId: 'shared' });
      await put({ tokenHash: sha256('b'), tokenId: 'shared' });
      expect(jsonLines((await run(['revoke', 'shared', '--json'])).stdout)).toHaveLength(2);
      expect(await Promise.all([SAMPLE, 'a', 'b'].map((token) => isLive(token)))).toEqual([false, false, false]);
    });

    it('revokes all tokens that share an id, even without a reader of its output', async () => {
      await put({ tokenHash: sha256('a'), tokenId: 'shared' });
      await put({ tokenHash: sha256('b'), tokenId: 'shared' });
      const closed = new Writable({ write: (_chunk, _encoding, done) => done(new Error('write EPIPE')) });
      await run(['revoke', 'shared'], '', { ...createTerminal(database.environment), stdout: closed });
      expect(await Promise.all([isLive('a'), isLive('b')])).toEqual([false, false]);
    });

    it('succeeds if the first response to its write is lost', async () => {
      const { token } = await create();
      const fault = { fault: cutAfterwards, operation: 'UpdateItem', times: 1 };
      expect(await runOverFaults(['revoke', '-'], token, fault)).toMatchObject({ exitCode: 0 });
      expect(await isLive(token)).toBe(false);
    });

    it('refuses the text of a token instead of its id, and names the id', async () => {
      await put({ tokenHash: sha256(SAMPLE), tokenId: 'sample' });
      const { exitCode, stdout, stderr } = await run(['revoke', SAMPLE]);
      expect({ exitCode, stdout, stderr }).toEqual({
        exitCode: 1,
        stdout: '',
        stderr: expect.stringMatching(/^error: the argument is the text of token sample, not its id, .*revoke -/),
      });
      expect(stderr).not.toContain(SAMPLE);
      expect(await isLive(SAMPLE)).toBe(true);
    });

    it.each([
      ['unknown', '', /^error: no token in table \S+ \(http:\S+\) has this id\n$/],
      ['-', 'unknown', /^error: this token is not in table \S+ \(http:\S+\)\n$/],
    ])('fails if the token does not exist: %s', async (id, input, message) => {
      expect(await run(['revoke', id], input)).toEqual({
        exitCode: 1,
        stdout: '',
        stderr: expect.stringMatching(message),
      });
      expect(await rows()).toEqual([]);
    });
  });

  it.each([
    [['create'], /^error: required option '--label <text>' not specified\n/],
    [['create', '--label', 'a\nb'], /Use visible characters/],
    [['create', '--label', '--json'], /A label must not begin with a hyphen/],
    [['create', '--label', 'x', '--expires', '0d'], /Write it as 15m, 12h or 90d/],
    [['add', '--label', 'x', SAMPLE], /^error: `add` takes only the argument `-`, and nothing was stored/],
    [['create', '--label', createToken()], /^error: an argument is a token, and nothing was done/],
    [['creat'], /Did you mean create\?/],
  ])('refuses %j', async (args, message) => {
    expect(await run(args)).toEqual({ exitCode: 1, stdout: '', stderr: expect.stringMatching(message) });
    expect(await rows()).toEqual([]);
  });
});
