/** @jest-config-loader esbuild-register */
import { availableParallelism } from 'node:os';
import type { Config } from 'jest';

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true'; // the SDK's versions of 2027 will need Node.js 22

/** `npm test`: the quick tests, for use during a change. jest.long.config.ts has the long ones. */
export default {
  testEnvironment: '<rootDir>/test/environment.cjs',
  maxWorkers: availableParallelism() + 1, // many suites wait, for other processes or for time to pass
  workerIdleMemoryLimit: '1GB', // a heap that has grown over many suites is slow to collect
  testTimeout: 60_000, // ms: a busy machine must not fail tests
  roots: [
    '<rootDir>/handlers',
    '<rootDir>/lib',
    '<rootDir>/infra',
    '<rootDir>/docs',
    '<rootDir>/test',
    '<rootDir>/bench',
  ],
  testMatch: ['**/*.test.ts'],
  testPathIgnorePatterns: ['\\.long\\.test\\.ts$'],
  transform: { '\\.ts$': '<rootDir>/test/transform.cjs' },
  globalSetup: '<rootDir>/test/shareEmbedded.ts',
  globalTeardown: '<rootDir>/test/sharedEmulator.ts',
  reporters: ['default', '<rootDir>/test/countsReporter.cjs'],
} satisfies Config;
