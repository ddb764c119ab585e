import { DeleteCommand } from '@aws-sdk/lib-dynamodb';
import { loadFunction } from '../../test/builtFunction';
import { describeOnEmulators, type EmptyDatabase } from '../../test/emulators';
import { rebuildAll } from '../../test/rebuildAll';
import type { GatewayResponse } from '../http/answer';
import { instancesIn } from '../instances/source';
import { pageIndexOf } from '../pageIndex/store';
import { createToken } from '../tokens/token';
import { runChecks } from './checks';
import { deviations, findingsOn } from './deviations.testing';
import { type ListUnderTest, startList } from './listUnderTest.testing';
import { overInvocation } from './overInvocation';

const TOKEN = createToken();

describeOnEmulators('the checks of a smoke test', ({ createDatabase }) => {
  let database: EmptyDatabase;
  let list: ListUnderTest;
  beforeAll(async () => {
    database = await createDatabase();
    list = await startList(database, TOKEN);
    for (const id of [1, 2, 3, 4, 5]) await list.put(id);
  });
  afterAll(() => list.stop());

  it.each(Object.entries(deviations(TOKEN)))('find %s', async (_, [deviation, promises]) => {
    const findings = await findingsOn(list.invoke, TOKEN, deviation);
    expect(Object.keys(findings).filter((promise) => findings[promise]?.length)).toEqual(promises);
  });

  it('follow the link to the last page, even if the index lags', async () => {
    const { client, environment, documents } = database;
    const index = pageIndexOf(client, environment.PAGE_INDEX_TABLE, instancesIn(environment.INSTANCES_TABLE));
    await rebuildAll(index);
    const indexed = loadFunction('listLambdaInstances', { ...environment, LOG_LEVEL: 'silent' });
    const found = async (from = '', to = '') => {
      const call = overInvocation(async (event) => {
        const answer = (await indexed.invoke(event)) as GatewayResponse;
        return JSON.parse(JSON.stringify(answer).replace(from, to));
      });
      const differences: string[] = [];
      for await (const finding of runChecks({ call, token: TOKEN })) differences.push(...finding.differences);
      return differences;
    };
    const remove = (id: number) =>
      documents.send(
        new DeleteCommand({ TableName: environment.INSTANCES_TABLE, Key: { collection: 'lambda-instances', id } }),
      );
    expect(await found()).toEqual([]);
    expect(await found('lambda-instances?limit=2&page=3>; rel=\\"last', 'x?limit=2&page=3>; rel=\\"last')).toEqual(
      expect.arrayContaining([expect.stringContaining('the last page: type')]),
    );
    for (const id of [6, 7, 8]) await list.put(id);
    expect(await found()).toEqual([]);
    await rebuildAll(index);
    for (const id of [5, 6, 7, 8]) await remove(id);
    expect(await found()).toEqual([]);
    await list.put(5);
    await indexed.stop();
  });
});
