import { fileURLToPath } from 'node:url';

/**
 * Mutation testing: the run fails if no test detects a change of the code, unless a comment in the code explains it.
 *
 * It runs only the unit tests beside the code: a mutant takes a second or two; with an emulator it would take a minute.
 */
const folder = process.env.FOLDER || 'lib';
const report = `coverage/mutation/${folder.replaceAll('/', '-')}`;

export default {
  mutate: [
    `${folder}/*.ts`,
    '!**/*.{test,testing}.ts',
    '!lib/dynamodb/leanClient.ts', // compared with the SDK's own client, over the network
    '!lib/dynamodb/client.ts', // the SDK's settings, whose effect the tests with faults check
    '!lib/smoke/*.ts', // must detect an API's mistakes: deviations.testing.ts has such mutants of the API
    '!lib/tokens/issue.ts', // writes whose conditions only a DynamoDB can judge
    '!lib/pageIndex/upkeep/{settle,restructure}.ts', // judged by the index's model, which has test/pageIndex/mutants.ts of its own
    '!handlers/{auditPageIndex,checkRelease,maintainPageIndex}.ts', // compositions, tested on emulators
  ],
  testRunner: 'jest',
  plugins: ['@stryker-mutator/jest-runner'],
  jest: {
    config: {
      roots: [`<rootDir>/${folder}`],
      testMatch: [`<rootDir>/${folder}/*.test.ts`],
      testPathIgnorePatterns: ['\\.(integration|emulators|long)\\.test\\.ts$', 'convergence'], // the last one: seconds a run
      setupFiles: ['<rootDir>/test/withoutShrinking.cjs'],
      testEnvironment: fileURLToPath(new URL('test/environment.cjs', import.meta.url)), // Stryker knows no <rootDir>
      globalSetup: null, // the emulator: unit tests need none
      globalTeardown: null,
      reporters: [],
    },
  },
  coverageAnalysis: 'perTest',
  incremental: true,
  incrementalFile: `${report}.json`,
  htmlReporter: { fileName: `${report}.html` },
  reporters: ['clear-text', 'progress', 'html'],
  clearTextReporter: { allowEmojis: false, logTests: false, reportTests: false },
  // Not needed by unit tests. Stryker would read tsconfig.json with TypeScript's former API, which version 7 lacks.
  ignorePatterns: ['bench', 'checks', 'dist', 'site', 'coverage', '.serverless', 'tsconfig.json'],
  thresholds: { break: 100 },
  concurrency: 2,
  timeoutFactor: 4, // a busy machine must not make mutants count as killed
};
