/** The emulator shared by all suites of a run: jest starts it before the first suite and stops it after the last. */
import type { Emulator } from '../infra/local/emulator';

/** What jest's workers know of it; without an endpoint it is unavailable. */
type RunningEmulator = { readonly name: string; readonly endpoint: string; readonly hasStreams: boolean };

const VARIABLE = 'EMULATOR_OF_THIS_RUN'; // jest's workers inherit it
let stop: Emulator['stop'] | undefined;

export function shareEmulator(emulator: RunningEmulator, stopIt?: Emulator['stop']): void {
  process.env[VARIABLE] = JSON.stringify(emulator);
  stop = stopIt;
}

export function runningEmulator(): RunningEmulator {
  return JSON.parse(process.env[VARIABLE] ?? '');
}

/** jest's `globalTeardown`. */
export default async function stopEmulator(): Promise<void> {
  await stop?.();
}
