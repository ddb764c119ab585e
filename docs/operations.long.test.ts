/** Runs a loop of the runbook with the real AWS CLI, over tables in the embedded emulator. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateTableCommand, type DynamoDBClient, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { createClient, databaseEnvironment } from '../infra/local/database';
import { type Emulator, startEmbedded } from '../infra/local/emulator';
import { localTableNames } from '../infra/local/tables';
import { awsCli, describeWithAwsCli } from '../test/awsCli';

const guide = readFileSync(join(__dirname, 'operations.md'), 'utf8');
const [, loop = ''] = /\n```\n(aws dynamodb scan --table-name restored-tokens [\s\S]*?)```/.exec(guide) ?? [];

describeWithAwsCli('the loop that restores deleted tokens', () => {
  let directory: string;
  let emulator: Emulator;
  let client: DynamoDBClient;
  let environment: NodeJS.ProcessEnv;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'restore-'));
    emulator = await startEmbedded();
    const database = databaseEnvironment(emulator.endpoint, localTableNames({}));
    client = createClient(database);
    // An AWS CLI of 2022 knows of no endpoint in the environment.
    const command = `#!/bin/bash\nexec '${awsCli}' --endpoint-url '${emulator.endpoint}' "$@"\n`;
    writeFileSync(join(directory, 'aws'), command, { mode: 0o755 });
    environment = {
      ...database,
      PATH: `${directory}:${process.env.PATH}`,
      HOME: directory,
      AWS_DEFAULT_REGION: database.AWS_REGION,
    };
    await putRows('restored-tokens', ['deleted', 'kept']);
    await putRows('tokens', ['kept', 'new']);
  });

  afterAll(async () => {
    client.destroy();
    await emulator.stop();
    rmSync(directory, { recursive: true });
  });

  /** Creates a table with a row for each hash, labelled with the table's name and a backslash, which shells may drop. */
  async function putRows(TableName: string, hashes: readonly string[]): Promise<void> {
    await client.send(
      new CreateTableCommand({
        TableName,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'tokenHash', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'tokenHash', KeyType: 'HASH' }],
      }),
    );
    for (const tokenHash of hashes) {
      const Item = { tokenHash: { S: tokenHash }, label: { S: `\\ of ${TableName}` } };
      await client.send(new PutItemCommand({ TableName, Item }));
    }
  }

  const runLoop = (table: string) =>
    new Promise<string>((resolve) => {
      const env = { ...environment, TOKENS_TABLE: table };
      execFile('bash', ['-c', loop], { env }, (_error, _stdout, stderr) => resolve(stderr));
    });

  const labelsIn = async (TableName: string) => {
    const { Items = [] } = await client.send(new ScanCommand({ TableName }));
    return Object.fromEntries(Items.map(({ tokenHash, label }) => [tokenHash?.S, label?.S]));
  };

  it('copies missing rows, and leaves existing ones unchanged', async () => {
    expect(await runLoop('tokens')).toBe('');
    expect(await labelsIn('tokens')).toEqual({
      deleted: '\\ of restored-tokens',
      kept: '\\ of tokens',
      new: '\\ of tokens',
    });
  });

  it('stops at another error, shows it, and deletes nothing', async () => {
    expect(await runLoop('nope')).toMatch(/^\s*An error occurred \(ResourceNotFoundException\)[^\n]*\n$/);
    expect(Object.keys(await labelsIn('restored-tokens')).sort()).toEqual(['deleted', 'kept']);
  });
});
