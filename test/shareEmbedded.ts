import { startEmbedded } from '../infra/local/emulator';
import { shareEmulator } from './sharedEmulator';

/** jest's `globalSetup` for `npm test`. */
export default async function shareEmbedded(): Promise<void> {
  const { endpoint, stop } = await startEmbedded();
  shareEmulator({ name: 'the embedded emulator', endpoint, hasStreams: false }, stop);
}
