/** @jest-config-loader esbuild-register */
import type { Config } from 'jest';
import quick from './jest.config';

/** `npm run test:long`: a process per case, long runs, load, a browser, and on DynamoDB Local what `npm test` runs on the embedded emulator. */
export default {
  ...quick,
  testMatch: ['**/*.long.test.ts', '**/*.emulators.test.ts'],
  testPathIgnorePatterns: [],
  globalSetup: '<rootDir>/test/shareDynamoDbLocal.ts',
} satisfies Config;
