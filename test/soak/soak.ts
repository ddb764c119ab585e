import { createClient, databaseEnvironment } from '../../infra/local/database';
import { startEmbedded } from '../../infra/local/emulator';
import { createTables } from '../../infra/local/tables';
import { instancesIn } from '../../lib/instances/source';
import { pageIndexOf } from '../../lib/pageIndex/store';
import { type FaultProxy, startFaultProxy } from '../faultProxy';
import { delayed, throttled } from '../faults';
import { rebuildAll } from '../rebuildAll';
import { putInstances, putToken, TABLES } from '../tables';
import { instances, load, Tally, TOKEN } from './load';
import type { Kept, Target } from './targets';

export type Tables = {
  /** For a target, which finds DynamoDB behind the proxy. */
  readonly environment: NodeJS.ProcessEnv;
  readonly proxy: FaultProxy;
  readonly stop: () => Promise<void>;
};

/** An embedded DynamoDB, with instances, their page index and one token, behind a proxy. */
export async function openTables(): Promise<Tables> {
  const emulator = await startEmbedded();
  const direct = databaseEnvironment(emulator.endpoint, TABLES);
  const client = createClient(direct);
  await createTables(client, TABLES);
  await putInstances(client, TABLES.INSTANCES_TABLE, instances);
  await putToken(client, TABLES.TOKENS_TABLE, TOKEN);
  await rebuildAll(pageIndexOf(client, TABLES.PAGE_INDEX_TABLE, instancesIn(TABLES.INSTANCES_TABLE)));
  client.destroy();
  const proxy = await startFaultProxy(emulator.endpoint);
  return {
    environment: { ...direct, AWS_ENDPOINT_URL_DYNAMODB: proxy.endpoint },
    proxy,
    stop: async () => {
      await proxy.stop();
      await emulator.stop();
    },
  };
}

export type Soak = {
  readonly calm: Tally;
  readonly burst: Tally;
  readonly after: Tally;
  /** Looked at between slices of the load, and at last. */
  readonly kept: readonly KeptAfter[];
};

type KeptAfter = Kept & {
  readonly requests: number;
  /** To DynamoDB; they are kept alive. */
  readonly connections: number;
};

const SLICES = 8;
const [CALM, BURST] = [8, 64]; // requests at once
const CALLS_AT_ONCE = 3; // of a request: the token, the index and the rows, side by side
const CALLS_A_SECOND = 10; // that DynamoDB grants in the burst, which asks for 64 at once

/** @throws if an answer was neither right nor an honest 503, or what the target keeps has grown */
export function assertSound({ mayGrowMegabytes }: Target, { calm, burst, after, kept }: Soak): void {
  const [wrong] = [calm, burst, after].flatMap((tally) => tally.wrong);
  if (wrong) throw new Error(`a wrong answer: ${wrong}`);
  if (calm.unavailable > 0 || after.unavailable > 0) throw new Error('503 without need');
  if (burst.unavailable === 0) throw new Error('the burst was none');
  const [first, last] = [kept[0], kept.at(-1)];
  if (!first || !last) throw new Error('nothing was looked at');
  if (last.megabytes - first.megabytes > mayGrowMegabytes) throw new Error('memory has grown');
  const calmly = Math.max(...kept.slice(0, SLICES + 1).map(({ resources = 0 }) => resources)); // pipes open when first used
  if ((last.resources ?? 0) > calmly) throw new Error('resources have been left behind');
  if (last.connections > BURST * CALLS_AT_ONCE)
    throw new Error('there are more connections than there were calls at once');
}

/** Sustained load, then a burst beyond what DynamoDB grants, then as before. */
export async function soak(target: Target, proxy: FaultProxy, seconds: number): Promise<Soak> {
  const [calm, burst, after] = [new Tally(), new Tally(), new Tally()];
  const kept: KeptAfter[] = [];
  const look = async () => {
    proxy.calls.length = 0; // they are kept for who wants to see them
    const requests = calm.requests + burst.requests + after.requests;
    kept.push({ requests, connections: proxy.openConnections(), ...(await target.look()) });
  };
  await load(target, CALM, seconds / 10, new Tally()); // what is loaded once is loaded now
  await look();
  for (let slice = 0; slice < SLICES; slice += 1) {
    await load(target, CALM, (seconds * 0.6) / SLICES, calm);
    await look();
  }
  proxy.inject({ fault: granting(CALLS_A_SECOND) });
  await load(target, BURST, seconds * 0.15, burst);
  proxy.heal();
  await look();
  await load(target, CALM, seconds * 0.15, after);
  await look();
  return { calm, burst, after, kept };
}

/** Passes so many calls a second on, and throttles the others. */
function granting(callsASecond: number) {
  const pass = delayed(0);
  let [second, granted] = [0, 0];
  return (...call: Parameters<typeof pass>) => {
    const now = Math.floor(Date.now() / 1_000);
    if (now !== second) [second, granted] = [now, 0];
    granted += 1;
    return (granted <= callsASecond ? pass : throttled)(...call);
  };
}
