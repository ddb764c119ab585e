import { PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { instancesIn } from '../../lib/instances/source';
import { pageIndexOf } from '../../lib/pageIndex/store';
import { auditNext } from '../../lib/pageIndex/upkeep/audit';
import { describeOnEmulators, type EmptyDatabase } from '../../test/emulators';
import { putInstances } from '../../test/tables';
import { pageIndexTool } from './pageIndex';
import { createTerminal } from './terminal.testing';

jest.setTimeout(60_000);

type Options = Parameters<typeof pageIndexTool>[2];

const rowsFrom = (first: number, end: number) =>
  Array.from({ length: end - first }, (_, i) => ({ id: { N: String(first + i) } }));

describeOnEmulators('npm run page-index', ({ createDatabase }) => {
  let database: EmptyDatabase;
  beforeEach(async () => {
    database = await createDatabase();
  });

  const put = (first: number, end: number) =>
    putInstances(database.client, database.environment.INSTANCES_TABLE, rowsFrom(first, end));

  async function run(
    command: string,
    { env = {}, isTTY = false, ...options }: { env?: NodeJS.ProcessEnv; isTTY?: boolean } & Options = {},
  ) {
    const terminal = createTerminal({ ...database.environment, TERM: 'xterm', ...env });
    Object.assign(terminal.stderr, { isTTY });
    const exitCode = await pageIndexTool([command], terminal, {
      openClient: () => database.client,
      lagMs: 0,
      ...options,
    });
    return { exitCode, ...terminal.printed };
  }

  it('builds and verifies the index of a table with rows', async () => {
    await put(1, 451);
    await expect(run('rebuild')).resolves.toEqual({
      exitCode: 0,
      stdout: 'the page index is complete: 450 instances\n',
      stderr: expect.stringMatching(/^writing to table page-index-\S+ \(http:\/\/127.0.0.1:\d+\)\n$/),
    });
    await expect(run('verify')).resolves.toEqual({
      exitCode: 0,
      stdout: 'the page index is correct: 450 instances\n',
      stderr: '',
    });
  });

  it('builds the index of an empty table', async () => {
    await expect(run('rebuild')).resolves.toMatchObject({ stdout: 'the page index is complete: 0 instances\n' });
    await expect(run('verify')).resolves.toMatchObject({ stdout: 'the page index is correct: 0 instances\n' });
  });

  it('reports where the index differs from the table, with exit code 1, until it is rebuilt', async () => {
    await put(1, 451);
    await run('rebuild');
    await put(1_001, 1_004);
    await expect(run('verify')).resolves.toEqual({
      exitCode: 1,
      stdout: 'after id 400: 50 recorded, 53 counted\n',
      stderr: 'error: the page index differs from the instances in 1 places\n',
    });
    await run('rebuild');
    await expect(run('verify')).resolves.toMatchObject({ exitCode: 0 });
  });

  it('shows its progress on a terminal', async () => {
    await put(1, 51);
    const { stderr, stdout } = await run('rebuild', { isTTY: true });
    expect(stderr).toMatch(/^writing to table .*\n\r.*0 done.*50 done(, \d+ s)?\n$/s);
    expect(stdout).toBe('the page index is complete: 50 instances\n');
  });

  it.each(['rebuild', 'verify'])('counts no faster than leaves readers their share: %s', async (command) => {
    await put(1, 31); // one block; each count is reported to cost as much as four seconds allow
    await run('rebuild');
    const { client } = database;
    const send = async (request: QueryCommand) => {
      const output = await client.send(request);
      return request instanceof QueryCommand ? { ...output, ConsumedCapacity: { CapacityUnits: 6_000 } } : output;
    };
    let ms = 0;
    const clock = {
      now: () => ms,
      sleep: async (duration: number) => {
        ms += duration;
      },
    };
    const openClient = () => Object.assign(Object.create(client), { send });
    await expect(run(command, { openClient, clock })).resolves.toMatchObject({ exitCode: 0 });
    expect(ms).toBeGreaterThanOrEqual(3_000);
  });

  it('reports a damaged index, until an audit has healed it', async () => {
    await put(1, 451);
    await run('rebuild');
    const { client, environment } = database;
    const Item = { node: { S: 'root' }, format: { S: '2' } };
    await client.send(new PutItemCommand({ TableName: environment.PAGE_INDEX_TABLE, Item }));
    await expect(run('verify')).resolves.toEqual({
      exitCode: 1,
      stdout: '',
      stderr: 'error: node root is not of format 1\n',
    });
    const index = pageIndexOf(client, environment.PAGE_INDEX_TABLE, instancesIn(environment.INSTANCES_TABLE));
    await auditNext(index, { units: 100, healingUnits: 100 });
    await expect(run('verify')).resolves.toMatchObject({ exitCode: 0 });
  });

  it('fails to verify an index that was never built', async () => {
    await expect(run('verify')).resolves.toEqual({ exitCode: 1, stdout: '', stderr: 'error: there is no index\n' });
  });

  it('names the missing variable', async () => {
    await expect(run('rebuild', { env: { PAGE_INDEX_TABLE: '' } })).resolves.toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('PAGE_INDEX_TABLE is not set'),
    });
  });
});
