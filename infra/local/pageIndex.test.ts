import { createClient, databaseEnvironment } from './database';
import { openPageIndex } from './pageIndex';
import { localTableNames } from './tables';

it('leaves the index of tables that were not seeded here to the deployed functions', async () => {
  const environment = databaseEnvironment('https://dynamodb.eu-central-1.amazonaws.com', localTableNames({}));
  const client = createClient(environment);
  const send = jest.spyOn(client, 'send').mockRejectedValue(new Error('called') as never);
  await expect(openPageIndex({ client, environment, isSeeded: false, stop: async () => {} })).resolves.toBeUndefined();
  expect(send).not.toHaveBeenCalled();
});
