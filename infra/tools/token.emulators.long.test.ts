/** `npm run token` with real pipes, devices and terminals. */
import { createHash } from 'node:crypto';
import { PutCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { createToken } from '../../lib/tokens/token';
import { verifyToken } from '../../lib/tokens/verify';
import { hasPseudoTerminals, runLine, startInTerminal } from '../../test/commandLine';
import { describeOnEmulators, type EmptyDatabase } from '../../test/emulators';
import { emptyTable } from '../../test/tables';

const SAMPLE = 'tJ3b3f32f23ceuqdoS_TH7m0d6yxmlWL1r2ralKcttY';
const sha256 = (token: string) => createHash('sha256').update(token).digest('hex');

describeOnEmulators('npm run token', ({ createDatabase }) => {
  let database: EmptyDatabase;
  beforeAll(async () => {
    database = await createDatabase();
  });
  afterEach(() => emptyTable(database.client, database.environment.TOKENS_TABLE, ['tokenHash']));

  const runShell = (line: string, env: NodeJS.ProcessEnv = {}) => runLine(line, { ...database.environment, ...env });

  const rows = async (): Promise<Record<string, unknown>[]> =>
    (await database.documents.send(new ScanCommand({ TableName: database.environment.TOKENS_TABLE }))).Items ?? [];

  const put = (Item: Record<string, unknown>) =>
    database.documents.send(new PutCommand({ TableName: database.environment.TOKENS_TABLE, Item }));

  const isLive = (token: string) =>
    verifyToken(sha256(token), {
      sender: database.client,
      table: database.environment.TOKENS_TABLE,
      nowSeconds: Date.now() / 1000,
      log: { warn: () => {} },
    }).then(
      () => true,
      () => false,
    );

  it.each(['--json > /dev/full', '| true'])('create leaves no live token that was never shown: %s', async (output) => {
    const line = `npm run --silent token -- create --label x ${output}; exit \${PIPESTATUS[0]}`;
    const { exitCode, stderr } = await runShell(line);
    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr: expect.stringContaining('error: the token could not be shown'),
    });
    expect((await rows()).filter(({ revoked }) => !revoked)).toEqual([]);
  });

  it('add imports nothing if the variable with the token is not set', async () => {
    const { exitCode, stderr } = await runShell('echo "Token $UNSET" | npm run --silent token -- add --label x');
    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr: 'error: standard input holds a placeholder: is a variable not set?\n',
    });
    expect(await rows()).toEqual([]);
  });

  (hasPseudoTerminals() ? describe : describe.skip)('add on a terminal', () => {
    const addOnTerminal = async (keys: string) => {
      const tool = startInTerminal('npm run --silent token -- add --label x', database.environment);
      await tool.printed(/press Enter: $/);
      tool.process.stdin?.write(keys);
      return tool.ended;
    };

    it('reads the token up to Enter without echoing it', async () => {
      const { exitCode, stdout } = await addOnTerminal(`${SAMPLE.slice(0, -1)}?\u007f${SAMPLE.slice(-1)}\r`);
      expect(exitCode).toBe(0);
      expect(stdout).not.toContain(SAMPLE.slice(0, -1));
      expect(await isLive(SAMPLE)).toBe(true);
    });

    it('ends with Ctrl-C', async () => {
      const { exitCode, stdout } = await addOnTerminal(`${SAMPLE}\u0003`);
      expect(exitCode).toBe(130);
      expect(stdout).toMatch(/press Enter: \r\nerror: interrupted by SIGINT\r\n$/);
      expect(await rows()).toEqual([]);
    });
  });

  it('revoke revokes a leaked token from its text, with pipes as they are', async () => {
    const token = createToken();
    await put({ tokenHash: sha256(token), tokenId: 'leaked' });
    const line = 'printf "Token %s\\n" "$LEAKED" | npm run --silent token -- revoke - | cat';
    const { exitCode, stdout, stderr } = await runShell(line, { LEAKED: token });
    const { environment } = database;
    expect({ exitCode, stdout, stderr }).toEqual({
      exitCode: 0,
      stdout: 'token leaked is revoked\n',
      stderr: `writing to table ${environment.TOKENS_TABLE} (${environment.AWS_ENDPOINT_URL_DYNAMODB})\n`,
    });
    expect(await isLive(token)).toBe(false);
  });
});
