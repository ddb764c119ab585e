/** @jest-config-loader esbuild-register */
import type { Config } from 'jest';

export default {
  testEnvironment: 'node',
  testTimeout: 60_000, // ms: a busy machine is no failure
  roots: [
    '<rootDir>/handlers',
    '<rootDir>/lib',
    '<rootDir>/infra',
    '<rootDir>/docs',
    '<rootDir>/test',
    '<rootDir>/bench',
  ],
  transform: { '\\.ts$': '<rootDir>/test/transform.cjs' },
  reporters: ['default', '<rootDir>/test/countsReporter.cjs'],
} satisfies Config;
