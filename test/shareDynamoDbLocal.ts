import { join } from 'node:path';
import { installPackages } from '../checks/run';
import { hasJava, startDynamoDbLocal } from './dynamoDbLocal';
import { shareEmulator } from './sharedEmulator';
import shareEmbedded from './shareEmbedded';

/** jest's `globalSetup` for `npm run test:long`: the embedded emulator comes second, for the suites that run on both. */
export default async function shareBoth(): Promise<void> {
  installPackages(join(__dirname, '../checks')); // before the suites, which would install concurrently
  const kind = { name: 'DynamoDB Local', hasStreams: true };
  if (hasJava()) {
    const { endpoint, stop } = await startDynamoDbLocal();
    shareEmulator({ ...kind, endpoint }, stop);
  } else {
    shareEmulator({ ...kind, endpoint: '' });
  }
  await shareEmbedded();
}
