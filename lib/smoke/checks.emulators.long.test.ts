import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { type BuiltFunction, loadFunction } from '../../test/builtFunction';
import { describeOnEmulators } from '../../test/emulators';
import { issueToken } from '../tokens/issue';
import { createToken } from '../tokens/token';
import { deviations, findingsOn } from './deviations';

const TOKEN = createToken();

describeOnEmulators('the checks of a smoke test', ({ createDatabase }) => {
  let list: BuiltFunction;
  beforeAll(async () => {
    const { client, documents, environment } = await createDatabase();
    await issueToken(client, environment.TOKENS_TABLE, TOKEN, { label: 'smoke', createdAt: 0, expiresAt: undefined });
    for (const id of [1, 2, 3, 4, 5]) {
      const Item = { collection: 'lambda-instances', id, uuid: id, name: `The "${id}"th` };
      await documents.send(new PutCommand({ TableName: environment.INSTANCES_TABLE, Item }));
    }
    list = loadFunction('listLambdaInstances', { ...environment, PAGE_INDEX_TABLE: '', LOG_LEVEL: 'silent' });
  });
  afterAll(() => list.stop());

  it.each(Object.entries(deviations(TOKEN)))('find %s', async (_, [deviation, promises]) => {
    const findings = await findingsOn(list.invoke, TOKEN, deviation);
    expect(Object.keys(findings).filter((promise) => findings[promise]?.length)).toEqual(promises);
  });
});
