/** The emulators shared by all suites of a run: jest starts them before the first suite and stops them after the last. */
import type { Emulator } from '../infra/local/emulator';

/** A shared emulator, for jest's workers; without an endpoint it is unavailable. */
export type RunningEmulator = { readonly name: string; readonly endpoint: string; readonly hasStreams: boolean };

const VARIABLE = 'EMULATORS_OF_THIS_RUN'; // jest's workers inherit it
const shared: RunningEmulator[] = [];
const stops: Emulator['stop'][] = [];

/** Shares one more emulator. */
export function shareEmulator(emulator: RunningEmulator, stop?: Emulator['stop']): void {
  shared.push(emulator);
  process.env[VARIABLE] = JSON.stringify(shared);
  if (stop) stops.push(stop);
}

/** Returns the emulators in the order in which they were shared. */
export const runningEmulators = (): readonly RunningEmulator[] => JSON.parse(process.env[VARIABLE] ?? '[]');

/** jest's `globalTeardown`. */
export default async function stopEmulators(): Promise<void> {
  await Promise.all(stops.map((stop) => stop()));
}
