const { appendFileSync } = require('node:fs');

/** For .ci/run: appends a line with the counts of passed, failed and skipped tests, and fails a run that skips tests. */
module.exports = class CountsReporter {
  onRunComplete(_contexts, results) {
    const { TEST_COUNTS_FILE, REQUIRE_ALL_SUITES } = process.env;
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites; // suites that failed to load
    const skipped = results.numPendingTests + results.numTodoTests;
    if (TEST_COUNTS_FILE) appendFileSync(TEST_COUNTS_FILE, `${results.numPassedTests} ${failed} ${skipped}\n`);
    if (REQUIRE_ALL_SUITES && skipped > 0) this.error = new Error(`${skipped} tests were skipped`);
  }

  getLastError() {
    return this.error;
  }
};
