import { createClient, databaseEnvironment } from './database';
import { openPageIndex } from './pageIndex';
import { localTableNames } from './tables';

it('leaves a table in AWS to the functions that are deployed there', async () => {
  const environment = databaseEnvironment('https://dynamodb.eu-central-1.amazonaws.com', localTableNames({}));
  const client = createClient(environment);
  const send = jest.spyOn(client, 'send').mockRejectedValue(new Error('called') as never);
  await expect(openPageIndex({ client, environment, stop: async () => {} })).resolves.toBeUndefined();
  expect(send).not.toHaveBeenCalled();
});
