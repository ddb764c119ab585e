/** The built function over a separate emulator, with a proxy between them that injects faults. */
import { type ReceivedAnswer, receive } from '../infra/local/receive';
import { createTables } from '../infra/local/tables';
import { INSTANCES } from './documented';
import { EVENT_FORMATS, type EventFormat } from './events';
import { type FaultProxy, startFaultProxy } from './faultProxy';
import { startFilledDatabase } from './filledDatabase';
import { type FunctionProcess, startFunction } from './functionProcess';
import { expectDescribed } from './openapi';
import { putInstances } from './tables';

export const TOKEN = 'tJ3b3f32f23ceuqdoS_TH7m0d6yxmlWL1r2ralKcttY';
/** Valid tokens for one test each: the first request with a token reads nothing in parallel with its check. */
export const UNSEEN = ['unseen-1', 'unseen-2', 'unseen-3', 'unseen-4'];
export const IS_UNAVAILABLE = { status: 503, headers: { 'retry-after': '1', 'cache-control': 'no-store' } };

type Question = {
  readonly query?: string;
  readonly remainingMs?: number;
  /** Absent: `api`. */
  readonly host?: FunctionProcess;
  readonly token?: string | undefined;
};

export type FaultyFunction = {
  readonly proxy: FaultProxy;
  /** Without a page index. The table `large` holds 3 MB of instances. */
  readonly environment: NodeJS.ProcessEnv;
  readonly api: FunctionProcess;
  readonly indexed: FunctionProcess;
  /** Fails unless the response conforms to openapi.yaml and keeps its causes to itself. */
  readonly ask: (question?: Question) => Promise<ReceivedAnswer & { readonly isInTime: boolean }>;
  readonly stop: () => Promise<void>;
};

const [HTTP_API] = EVENT_FORMATS as [EventFormat];

const large = Array.from({ length: 30 }, (_, i) => ({
  id: { N: String(i) },
  uuid: { N: '1' },
  notes: { S: 'x'.repeat(100_000) },
}));

export async function startOverFaults(): Promise<FaultyFunction> {
  const database = await startFilledDatabase(INSTANCES, [TOKEN, ...UNSEEN]);
  await createTables(database.client, { ...database.environment, INSTANCES_TABLE: 'large' });
  await putInstances(database.client, 'large', large);
  const proxy = await startFaultProxy(database.environment.AWS_ENDPOINT_URL_DYNAMODB);
  const environment = { ...database.environment, AWS_ENDPOINT_URL_DYNAMODB: proxy.endpoint, PAGE_INDEX_TABLE: '' };
  const api = startFunction('listLambdaInstances', environment);
  const indexed = startFunction('listLambdaInstances', { ...environment, PAGE_INDEX_TABLE: 'page-index' });
  return {
    proxy,
    environment,
    api,
    indexed,
    ask: async ({ query = '', remainingMs = 20_000, host = api, token = TOKEN } = {}) => {
      const event = HTTP_API.toEvent({ query, headers: { Authorization: `Token ${token}` } });
      const { response, isInTime } = await host.measure(event, remainingMs);
      expectDescribed(response, { method: 'GET' });
      expect(response.body).not.toMatch(/secret-table|Exception|127\.0\.0\.1/);
      return { ...receive(response), isInTime };
    },
    stop: async () => {
      await Promise.all([api.stop(), indexed.stop()]);
      await proxy.stop();
      await database.stop();
    },
  };
}
