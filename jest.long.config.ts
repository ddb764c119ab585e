/** @jest-config-loader esbuild-register */
import { availableParallelism } from 'node:os';
import type { Config } from 'jest';
import quick from './jest.config';

/**
 * `npm run test:long`: a process per case, long runs, load, a browser, and DynamoDB Local for the suites that `npm test`
 * runs on the embedded emulator.
 */
export default {
  ...quick,
  maxWorkers: Math.max(2, availableParallelism() - 1), // its suites keep more than a core busy
  testMatch: ['**/*.long.test.ts', '**/*.emulators.test.ts'],
  testPathIgnorePatterns: [],
  globalSetup: '<rootDir>/test/shareDynamoDbLocal.ts',
} satisfies Config;
