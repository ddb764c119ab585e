/** The maintainer counts a large batch while readers ask for pages, on a partition that grants so many read units. */
import { setTimeout as sleep } from 'node:timers/promises';
import { instancesIn } from '../../lib/instances/source';
import { pageIndexOf } from '../../lib/pageIndex/store';
import type { BatchResponse } from '../../lib/pageIndex/upkeep/stream';
import { verify } from '../../lib/pageIndex/upkeep/verify';
import { loadFunction } from '../builtFunction';
import { type Fault, startFaultProxy } from '../faultProxy';
import { garbled, throttled } from '../faults';
import { startFilledDatabase } from '../filledDatabase';
import { putInstances, TABLES } from '../tables';
import { TOKEN } from './load';
import { builtFunction } from './targets';

const ROWS = 300;
const ROW_BYTES = 40_000;
const LIMIT = 2; // rows of a page: 15 read units
const READERS = 4;
const PAUSE_MS = 200; // of each reader between pages: together some 300 read units a second
const MAX_DELIVERIES = 100;

export type Upkeep = {
  readonly pages: number;
  /** How many of them were answered 503. */
  readonly unavailable: number;
  /** How often the batch was delivered until all of it was counted. */
  readonly deliveries: number;
  /** How many of the maintainer's and the readers' calls DynamoDB throttled. */
  readonly throttledCalls: number;
  readonly seconds: number;
  /** How many counts differ from the rows in the end. */
  readonly drifts: number;
};

/** @throws Error if a page got 503 although the partition grants enough for both, or if the index ends up wrong */
export function assertCounted({ unavailable, throttledCalls, drifts }: Upkeep): void {
  if (drifts > 0) throw new Error(`${drifts} counts are wrong`);
  if (unavailable > throttledCalls / 3) throw new Error('a page got 503 without being throttled three times');
}

/** @param unitsASecond the rate beyond which the partition of the instances throttles calls */
export async function soakUpkeep(unitsASecond: number): Promise<Upkeep> {
  const database = await startFilledDatabase(rowsFrom(0), [TOKEN]);
  await putInstances(database.client, TABLES.INSTANCES_TABLE, rowsFrom(0.5));
  const index = pageIndexOf(database.client, TABLES.PAGE_INDEX_TABLE, instancesIn(TABLES.INSTANCES_TABLE));

  const proxy = await startFaultProxy(database.environment.AWS_ENDPOINT_URL_DYNAMODB);
  const environment = { ...database.environment, AWS_ENDPOINT_URL_DYNAMODB: proxy.endpoint };
  const partition = granting(unitsASecond);
  proxy.inject({ fault: partition.fault, operation: 'Query', table: TABLES.INSTANCES_TABLE });
  const [list, maintainer] = [builtFunction(environment), loadFunction('maintainPageIndex', environment)];
  const start = performance.now();
  let [isCounting, pages, unavailable, deliveries] = [true, 0, 0, 0];

  const readPages = async () => {
    while (isCounting) {
      const page = 1 + Math.floor((Math.random() * ROWS) / LIMIT);
      const { status } = await list.ask({
        query: `limit=${LIMIT}&page=${page}`,
        headers: { Authorization: `Token ${TOKEN}` },
      });
      pages += 1;
      if (status === 503) unavailable += 1;
      else if (status !== 200) throw new Error(`a page was answered ${status}`);
      await sleep(PAUSE_MS);
    }
  };
  const count = async () => {
    let Records = rowsFrom(0.5).map(recordOf);
    while (Records.length > 0) {
      if (++deliveries > MAX_DELIVERIES) throw new Error('the batch is never counted');
      const { batchItemFailures } = (await maintainer.invoke({ Records }, 300_000)) as BatchResponse;
      const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
      const first = Records.findIndex(({ dynamodb }) => failed.has(dynamodb.SequenceNumber));
      Records = first < 0 ? [] : Records.slice(first);
    }
    isCounting = false;
  };
  try {
    await Promise.all([count(), ...Array.from({ length: READERS }, readPages)]);
    const seconds = (performance.now() - start) / 1_000;
    let drifts = 0;
    for await (const step of verify(index, async () => {})) drifts += step.drifts.length;
    return { pages, unavailable, deliveries, throttledCalls: partition.throttledCalls(), seconds, drifts };
  } finally {
    isCounting = false;
    await Promise.all([list.stop(), maintainer.stop(), proxy.stop()]);
    await database.stop();
  }
}

const rowsFrom = (first: number) =>
  Array.from({ length: ROWS }, (_, i) => ({
    id: { N: String(first + i) },
    uuid: { N: String(i + 1) },
    payload: { S: 'x'.repeat(ROW_BYTES) },
  }));

const recordOf = ({ id }: { id: { N: string } }, i: number) => ({
  eventName: 'INSERT',
  dynamodb: { Keys: { collection: { S: 'lambda-instances' }, id }, SequenceNumber: String(i) },
});

/** Throttles calls beyond this many read units a second, by the capacity that DynamoDB returns. */
function granting(unitsASecond: number): { fault: Fault; throttledCalls: () => number } {
  let [second, consumed, refused] = [0, 0, 0];
  const fault: Fault = async (response, forward) => {
    const now = Math.floor(Date.now() / 1_000);
    if (now !== second) [second, consumed] = [now, 0];
    if (consumed >= unitsASecond) {
      refused += 1;
      return throttled(response, forward);
    }
    const { status, body } = await forward();
    const { ConsumedCapacity } = JSON.parse(body.toString()) as { ConsumedCapacity?: { CapacityUnits?: number } };
    consumed += ConsumedCapacity?.CapacityUnits ?? 0;
    return garbled(status, body.toString())(response, forward);
  };
  return { fault, throttledCalls: () => refused };
}
