import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { PutCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { describeOnEmulators, type EmptyDatabase } from '../../test/emulators';
import { openDatabase } from './database';

describeOnEmulators('a DynamoDB that is given', (emulator) => {
  let database: EmptyDatabase;
  const open = async () => (await openDatabase(database.environment)).stop();
  const readAll = async (TableName: string) =>
    (await database.documents.send(new ScanCommand({ TableName }))).Items?.sort((a, b) => a.id - b.id);

  beforeEach(async () => {
    database = await emulator.createDatabase();
  });

  it('gets the sample rows, the token as its hash', async () => {
    await open();
    await open();
    const { INSTANCES_TABLE, TOKENS_TABLE } = database.environment;
    expect((await readAll(INSTANCES_TABLE))?.map(({ id }) => id)).toEqual([1, 3, 4, 5, 7]);
    expect(await readAll(TOKENS_TABLE)).toEqual([
      {
        tokenHash: '806aa46ba28dc17aaec919d5ebbe405476a0427cd884a2e3991708582af75069',
        tokenId: 'sample',
        label: expect.any(String),
      },
    ]);
  });

  it('keeps the rows that it has, and gets none beside them', async () => {
    const row = { collection: 'lambda-instances', id: 12, uuid: 99, name: 'Mine' };
    const { INSTANCES_TABLE } = database.environment;
    await database.documents.send(new PutCommand({ TableName: INSTANCES_TABLE, Item: row }));
    await open();
    expect(await readAll(INSTANCES_TABLE)).toEqual([row]);
  });

  it('has tables with the keys of infra/aws/tables.yml, and the stream where it knows streams', async () => {
    const { Table } = await database.client.send(
      new DescribeTableCommand({ TableName: database.environment.INSTANCES_TABLE }),
    );
    expect(Table?.KeySchema).toEqual([
      { AttributeName: 'collection', KeyType: 'HASH' },
      { AttributeName: 'id', KeyType: 'RANGE' },
    ]);
    expect(Table?.StreamSpecification?.StreamViewType).toBe(emulator.hasStreams ? 'KEYS_ONLY' : undefined);
  });
});
