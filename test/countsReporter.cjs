const { appendFileSync } = require('node:fs');

/** For .ci/run: adds a line with what passed, failed and was skipped, and fails a run that skips tests. */
module.exports = class CountsReporter {
  onRunComplete(_contexts, results) {
    const { TEST_COUNTS_FILE, REQUIRE_ALL_SUITES } = process.env;
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites; // suites that could not be loaded
    const skipped = results.numPendingTests + results.numTodoTests;
    if (TEST_COUNTS_FILE) appendFileSync(TEST_COUNTS_FILE, `${results.numPassedTests} ${failed} ${skipped}\n`);
    if (REQUIRE_ALL_SUITES && skipped > 0) this.error = new Error(`${skipped} tests were skipped`);
  }

  getLastError() {
    return this.error;
  }
};
