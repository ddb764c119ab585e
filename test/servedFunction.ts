/** Serves instances with the built function, over tables of a test's own. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { type ReceivedAnswer, receive } from '../infra/local/receive';
import type { GatewayResponse } from '../lib/http/answer';
import { instancesIn } from '../lib/instances/source';
import { pageIndexOf } from '../lib/pageIndex/store';
import { type BuiltFunction, loadFunction } from './builtFunction';
import type { EmulatorUnderTest } from './emulators';
import { EVENT_FORMATS, type EventFormat, type WireRequest } from './events';
import { expectDescribed } from './openapi';
import { rebuildAll } from './rebuildAll';
import { putInstances, putToken } from './tables';

type Item = Readonly<Record<string, AttributeValue>>;

export const TOKEN = 'tJ3b3f32f23ceuqdoS_TH7m0d6yxmlWL1r2ralKcttY';
const [HTTP_API] = EVENT_FORMATS as [EventFormat];

export function servedOn(createDatabase: EmulatorUnderTest['createDatabase']) {
  const running: BuiltFunction[] = [];

  /** Starts the function with tables that hold these instances and one token. */
  async function serve(instances: readonly Item[], environment: NodeJS.ProcessEnv = {}) {
    const database = await createDatabase();
    await putInstances(database.client, database.environment.INSTANCES_TABLE, instances);
    await putToken(database.client, database.environment.TOKENS_TABLE, TOKEN);
    const load = (more: NodeJS.ProcessEnv) => {
      const lambda = loadFunction('listLambdaInstances', { ...database.environment, ...environment, ...more });
      running.push(lambda);
      return lambda;
    };
    const asking =
      (lambda: BuiltFunction) =>
      async (request: WireRequest = {}, { toEvent } = HTTP_API): Promise<ReceivedAnswer & { ids: string[] }> => {
        const headers = { Authorization: `Token ${TOKEN}`, ...request.headers };
        const response = (await lambda.invoke(toEvent({ ...request, headers }))) as GatewayResponse;
        expectDescribed(response, { method: request.method ?? 'GET' });
        const answer = receive(response);
        return { ...answer, ids: [...answer.text.matchAll(/"id":([^}]+)\}/g)].map(([, id = '']) => id) };
      };
    const lambda = load({ PAGE_INDEX_TABLE: '' });
    const buildIndex = async () => {
      const { INSTANCES_TABLE, PAGE_INDEX_TABLE } = database.environment;
      const index = pageIndexOf(database.client, PAGE_INDEX_TABLE, instancesIn(INSTANCES_TABLE));
      await rebuildAll(index);
    };
    return { ask: asking(lambda), askIndexed: asking(load({})), buildIndex, lambda, database };
  }

  const stopAll = async (): Promise<void> => {
    await Promise.all(running.splice(0).map((lambda) => lambda.stop()));
  };
  return { serve, stopAll };
}
