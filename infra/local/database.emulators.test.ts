import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { PutCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { describeOnEmulators, type EmptyDatabase } from '../../test/emulators';
import { openDatabase } from './database';
import { listenOnLocalhost } from './listen';

describeOnEmulators('openDatabase with an endpoint on this machine', (emulator) => {
  let database: EmptyDatabase;
  const open = async () => (await openDatabase(database.environment)).stop();
  const readAll = async (TableName: string) =>
    (await database.documents.send(new ScanCommand({ TableName }))).Items?.sort((a, b) => a.id - b.id);

  beforeEach(async () => {
    database = await emulator.createDatabase();
  });

  it('loads the sample rows, the token as its hash', async () => {
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

  it('adds no sample rows to a table with rows', async () => {
    const row = { collection: 'lambda-instances', id: 12, uuid: 99, name: 'Mine' };
    const { INSTANCES_TABLE } = database.environment;
    await database.documents.send(new PutCommand({ TableName: INSTANCES_TABLE, Item: row }));
    await open();
    expect(await readAll(INSTANCES_TABLE)).toEqual([row]);
  });

  it('creates the tables with the keys of infra/aws/tables.yml, and the stream if the emulator has streams', async () => {
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

describe('openDatabase', () => {
  it.each([
    'https://dynamodb.eusc-de-east-1.amazonaws.eu',
    'https://dynamodb.eu-central-1.amazonaws.com.',
    'http://localhost.:1',
  ])('sends nothing to %s, which is not on this machine', async (endpoint) => {
    const { isSeeded, stop } = await openDatabase({ AWS_ENDPOINT_URL_DYNAMODB: endpoint });
    expect(isSeeded).toBe(false);
    await stop();
  });

  it('seeds an endpoint elsewhere with `seed`', async () => {
    const opening = openDatabase({ AWS_ENDPOINT_URL_DYNAMODB: 'http://localhost.invalid:1' }, { seed: true });
    await expect(opening).rejects.toThrow(/^DynamoDB at http:\/\/localhost.invalid:1: .*ENOTFOUND localhost.invalid$/);
  });

  it.each([
    ['text', 200, 'hello'],
    ['a page', 404, '<html>'],
    ['JSON', 404, '{"message":"Not Found"}'],
    ['JSON', 403, '[]'],
  ])('rejects a server that is not DynamoDB: %s with status %i', async (_case, status, body) => {
    const { port, close } = await listenOnLocalhost(0, (_request, response) => response.writeHead(status).end(body));
    await expect(openDatabase({ AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${port}` })).rejects.toThrow(
      `DynamoDB at http://127.0.0.1:${port}: the server there is not DynamoDB (status ${status})`,
    );
    close();
  });
});
