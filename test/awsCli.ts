import { spawnSync } from 'node:child_process';

/** The path of the AWS CLI; empty if it is not installed. It needs no account: tests serve what it calls. */
export const awsCli = spawnSync('bash', ['-c', 'command -v aws'], { encoding: 'utf8' }).stdout.trim();

/** Declares a suite that needs the AWS CLI. Skipped without it; with REQUIRE_ALL_SUITES in the environment it fails. */
export function describeWithAwsCli(name: string, tests: () => void): void {
  const isThere = awsCli !== '' || Boolean(process.env.REQUIRE_ALL_SUITES);
  if (!isThere) console.warn(`skipped without the AWS CLI: ${name}`);
  (isThere ? describe : describe.skip)(name, tests);
}
