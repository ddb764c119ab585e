import { join } from 'node:path';
import { installPackages } from '../checks/run';
import { hasJava, startDynamoDbLocal } from './dynamoDbLocal';
import { shareEmulator } from './sharedEmulator';

/** jest's `globalSetup` for `npm run test:long`. */
export default async function shareDynamoDbLocal(): Promise<void> {
  installPackages(join(__dirname, '../checks')); // before the suites, which would install concurrently
  const kind = { name: 'DynamoDB Local', hasStreams: true };
  if (!hasJava()) return shareEmulator({ ...kind, endpoint: '' });
  const { endpoint, stop } = await startDynamoDbLocal();
  shareEmulator({ ...kind, endpoint }, stop);
}
