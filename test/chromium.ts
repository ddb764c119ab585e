/** Debian's Chromium, or that at `CHROMIUM`. */
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const executablePath = process.env.CHROMIUM || '/usr/bin/chromium';

/** Declares a suite that needs Chromium. Skipped without it; with REQUIRE_ALL_SUITES in the environment it fails. */
export function describeInChromium(name: string, tests: () => void): void {
  const isThere = existsSync(executablePath) || Boolean(process.env.REQUIRE_ALL_SUITES);
  if (!isThere) console.warn(`skipped without ${executablePath}: ${name} in Chromium`);
  (isThere ? describe : describe.skip)(`${name} in Chromium`, tests);
}

/** Starts it without a window, and without traffic of its own. */
export function launchChromium(): Promise<Browser> {
  const quiet = ['--disable-background-networking', '--disable-component-update', '--disable-sync'];
  const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', ...quiet];
  return chromium.launch({ executablePath, args });
}
