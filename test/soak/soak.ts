import { type FaultProxy, startFaultProxy } from '../faultProxy';
import { delayed, throttled } from '../faults';
import { startFilledDatabase } from '../filledDatabase';
import { instances, load, Tally, TOKEN } from './load';
import type { Kept, Target } from './targets';

export type Tables = {
  /** The target's environment, with the proxy as DynamoDB's endpoint. */
  readonly environment: NodeJS.ProcessEnv;
  readonly proxy: FaultProxy;
  readonly stop: () => Promise<void>;
};

/** Starts an embedded DynamoDB, with instances, their page index and one token, and a proxy to it. */
export async function openTables(): Promise<Tables> {
  const database = await startFilledDatabase(instances, [TOKEN]);
  const proxy = await startFaultProxy(database.environment.AWS_ENDPOINT_URL_DYNAMODB);
  return {
    environment: { ...database.environment, AWS_ENDPOINT_URL_DYNAMODB: proxy.endpoint },
    proxy,
    stop: async () => {
      await proxy.stop();
      await database.stop();
    },
  };
}

export type Soak = {
  readonly calm: Tally;
  readonly burst: Tally;
  readonly after: Tally;
  /** Measured between slices of the load, and at the end. */
  readonly kept: readonly KeptAfter[];
};

type KeptAfter = Kept & {
  readonly requests: number;
  /** Keep-alive connections to DynamoDB. */
  readonly connections: number;
};

const SLICES = 8;
const [CALM, BURST] = [8, 64]; // requests at once
const CALLS_AT_ONCE = 3; // per request: token, index and rows in parallel
const CALLS_A_SECOND = 10; // the limit during the burst of 64 at once

/** @throws if a response was neither right nor a proper 503, or the target's resources have grown */
export function assertSound({ mayGrowMegabytes }: Target, { calm, burst, after, kept }: Soak): void {
  const [wrong] = [calm, burst, after].flatMap((tally) => tally.wrong);
  if (wrong) throw new Error(`wrong response: ${wrong}`);
  if (calm.unavailable > 0 || after.unavailable > 0) throw new Error('unexpected 503');
  if (burst.unavailable === 0) throw new Error('the burst caused no 503');
  const [first, last] = [kept[0], kept.at(-1)];
  if (!first || !last) throw new Error('nothing was measured');
  if (last.megabytes - first.megabytes > mayGrowMegabytes) throw new Error('memory has grown');
  const calmly = Math.max(...kept.slice(0, SLICES + 1).map(({ resources = 0 }) => resources)); // pipes open at first use
  if ((last.resources ?? 0) > calmly) throw new Error('resources have leaked');
  if (last.connections > BURST * CALLS_AT_ONCE) throw new Error('more connections than concurrent calls');
}

/** Runs sustained load, a burst beyond DynamoDB's limit, then the first load again. */
export async function soak(target: Target, proxy: FaultProxy, seconds: number): Promise<Soak> {
  const [calm, burst, after] = [new Tally(), new Tally(), new Tally()];
  const kept: KeptAfter[] = [];
  const look = async () => {
    proxy.calls.length = 0; // recorded by the proxy
    const requests = calm.requests + burst.requests + after.requests;
    kept.push({ requests, connections: proxy.openConnections(), ...(await target.look()) });
  };
  await load(target, CALM, seconds / 10, new Tally()); // warm-up
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

/** Passes on this many calls per second, and throttles the others. */
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
