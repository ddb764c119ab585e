/**
 * `npm run soak`: SOAK_SECONDS (240) of load, divided between the built function and the local server; long enough to
 * detect a leak of 1 KB per request. Then the page index is maintained while readers ask for pages.
 */

import type { Tally } from './load';
import { assertSound, openTables, type Soak, soak } from './soak';
import { builtFunction, localServer, type Target } from './targets';
import { assertCounted, soakUpkeep } from './upkeep';

const seconds = Number(process.env.SOAK_SECONDS || 240);

async function run(): Promise<void> {
  const { environment, proxy, stop } = await openTables();
  try {
    for (const start of [builtFunction, localServer]) {
      const target = await start(environment);
      try {
        const seen = await soak(target, proxy, seconds / 2);
        report(target, seen);
        assertSound(target, seen);
      } finally {
        await target.stop();
      }
    }
  } finally {
    await stop();
  }
  for (const unitsASecond of [2_000, 1_000]) {
    const upkeep = await soakUpkeep(unitsASecond);
    console.log(`\nmaintainPageIndex counts a batch, of a partition that grants ${unitsASecond} read units a second`);
    console.table({ ...upkeep, seconds: rounded(upkeep.seconds) });
    assertCounted(upkeep);
  }
}

function report({ name }: Target, { calm, burst, after, kept }: Soak): void {
  console.log(`\n${name}: resources while idle`);
  console.table(kept.map(({ megabytes, ...rest }) => ({ ...rest, megabytes: rounded(megabytes) })));
  for (const [phase, tally] of Object.entries({ 'sustained load': calm, 'beyond the limit': burst, after })) {
    console.log(`${name}, ${phase}: ${tally.requests} requests, ${tally.unavailable} of them 503; milliseconds`);
    console.table(latencies(tally));
  }
}

const latencies = ({ milliseconds }: Tally) =>
  Object.fromEntries(
    [...milliseconds].map(([kind, list]) => {
      const sorted = list.toSorted((a, b) => a - b);
      const at = (share: number) => rounded(sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN);
      return [kind, { requests: list.length, median: at(0.5), '95%': at(0.95), '99%': at(0.99), longest: at(1) }];
    }),
  );

const rounded = (number: number): number => Math.round(number * 10) / 10;

run();
