import { createHash } from 'node:crypto';
import { PutCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { verifyToken } from '../../lib/tokens/verify';
import { describeOnEmulators, type EmptyDatabase } from '../../test/emulators';
import { emptyTable } from '../../test/tables';
import { createTerminal } from '../../test/terminal';
import { tokenTool } from './token';

jest.setTimeout(30_000);

const SAMPLE = 'tJ3b3f32f23ceuqdoS_TH7m0d6yxmlWL1r2ralKcttY';
const sha256 = (token: string) => createHash('sha256').update(token).digest('hex');
const nowSeconds = () => Date.now() / 1000;

describeOnEmulators('npm run token', ({ createDatabase }) => {
  let database: EmptyDatabase;
  beforeAll(async () => {
    database = await createDatabase();
  });
  afterEach(() => emptyTable(database.client, database.environment.TOKENS_TABLE, ['tokenHash']));

  async function run(args: string[], input = '') {
    const terminal = createTerminal(database.environment, input);
    const exitCode = await tokenTool(args, terminal, () => database.client);
    return { exitCode, ...terminal.printed };
  }

  const rows = async () =>
    (await database.documents.send(new ScanCommand({ TableName: database.environment.TOKENS_TABLE }))).Items;

  const put = (Item: Record<string, unknown>) =>
    database.documents.send(new PutCommand({ TableName: database.environment.TOKENS_TABLE, Item }));

  const isLive = (token: string, at = nowSeconds()) =>
    verifyToken(sha256(token), {
      sender: database.client,
      table: database.environment.TOKENS_TABLE,
      nowSeconds: at,
      log: { info: () => {}, warn: () => {} },
    }).then(
      () => true,
      () => false,
    );

  it('makes a token, prints it alone on stdout, and stores no more than its hash', async () => {
    const { exitCode, stdout, stderr } = await run(['create', '--label', 'ci']);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^lit_[0-9A-Za-z]{49}\n$/);
    const token = stdout.trim();
    expect(await rows()).toEqual([
      { tokenHash: sha256(token), tokenId: expect.any(String), label: 'ci', createdAt: expect.any(Number) },
    ]);
    expect(stderr).toContain((await rows())?.[0]?.tokenId);
    expect(JSON.stringify(await rows())).not.toContain(token);
    expect(await isLive(token)).toBe(true);
  });

  it.each([
    ['15m', 900],
    ['12h', 43_200],
    ['90d', 7_776_000],
    ['1s', 1],
  ])('makes one that lives for %s', async (expires, seconds) => {
    const { stdout } = await run(['create', '--label', 'ci', '--expires', expires, '--json']);
    const { token, createdAt, expiresAt, ...others } = JSON.parse(stdout);
    expect(expiresAt).toBe(createdAt + seconds);
    expect(Object.keys(others)).toEqual(['tokenId', 'label']);
    expect(await isLive(token, expiresAt - 1)).toBe(true);
    expect(await isLive(token, expiresAt)).toBe(false);
  });

  it('imports a token from standard input, as it will be read from a header', async () => {
    expect(await run(['add', '--label', 'sample'], `Token ${SAMPLE}\n`)).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await rows()).toEqual([expect.objectContaining({ tokenHash: sha256(SAMPLE), label: 'sample' })]);
    expect(await isLive(SAMPLE)).toBe(true);
  });

  it('does not import a token twice, lest one that was revoked come back', async () => {
    await run(['add', '--label', 'a'], SAMPLE);
    const [first] = (await rows()) ?? [];
    await run(['revoke', first?.tokenId]);
    expect(await run(['add', '--label', 'b'], SAMPLE)).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: 'error: this token is there already\n',
    });
    expect(await rows()).toEqual([{ ...first, revoked: true, revokedAt: expect.any(Number) }]);
  });

  it.each(['', '\n', 'a b', 'a\nb', 'ü', 'x'.repeat(513), 'lit_mistyped'])(
    'imports no token that none could be: %j',
    async (input) => {
      const { exitCode, stderr } = await run(['add', '--label', 'a'], input);
      expect({ exitCode, stderr }).toEqual({
        exitCode: 1,
        stderr: expect.stringMatching(/^error: .* is no token.*\n$/),
      });
      expect(await rows()).toEqual([]);
    },
  );

  it('lists what is known of each token, whoever stored it, and never the token', async () => {
    await put({
      tokenHash: sha256('b'),
      tokenId: 'b',
      label: 'second',
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
    await put({ tokenHash: 'c0ffee', label: 5, expiresAt: 'soon' });
    expect((await run(['list'])).stdout).toBe(
      [
        'TOKEN ID       LABEL     CREATED               EXPIRES               REVOKED',
        'sha256:c0ffee  -         -                     -                     -',
        'a              ?[31mred  2026-05-28T20:26:40Z  -                     revoked',
        'b              second    2026-09-21T14:13:20Z  2027-01-15T08:00:00Z  -',
        '',
      ].join('\n'),
    );
    const lines = (await run(['list', '--json'])).stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ tokenId, revoked }) => [tokenId, revoked])).toEqual([
      ['sha256:c0ffee', false],
      ['a', true],
      ['b', false],
    ]);
  });

  it('revokes a token, whose row stays', async () => {
    const { token, tokenId } = JSON.parse((await run(['create', '--label', 'ci', '--json'])).stdout);
    const [before] = (await rows()) ?? [];
    expect(await run(['revoke', tokenId])).toEqual({
      exitCode: 0,
      stdout: `token ${tokenId} is revoked\n`,
      stderr: '',
    });
    expect(await rows()).toEqual([{ ...before, revoked: true, revokedAt: expect.any(Number) }]);
    expect(await isLive(token)).toBe(false);
    expect(await run(['revoke', tokenId])).toMatchObject({ exitCode: 0 });
  });

  it('revokes a token that has no id by its hash', async () => {
    await put({ tokenHash: sha256(SAMPLE) });
    expect(await run(['revoke', `sha256:${sha256(SAMPLE)}`])).toMatchObject({ exitCode: 0 });
    expect(await isLive(SAMPLE)).toBe(false);
  });

  it.each([
    [['revoke', 'unknown'], /^error: there is no token unknown\n$/],
    [['create'], /^error: required option '--label <text>' not specified\n/],
    [['create', '--label', 'a\nb'], /Use 1 to 100 visible characters/],
    [['create', '--label', 'x', '--expires', '0d'], /Write it as 15m, 12h or 90d/],
    [['create', '--label', 'x', '--expires', '3w'], /Write it as 15m, 12h or 90d/],
    [['add', '--label', 'x', SAMPLE], /^error: too many arguments/],
    [['creat'], /Did you mean create\?/],
  ])('refuses %j', async (args, message) => {
    expect(await run(args)).toEqual({ exitCode: 1, stdout: '', stderr: expect.stringMatching(message) });
    expect(await rows()).toEqual([]);
  });
});
