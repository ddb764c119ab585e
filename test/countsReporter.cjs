const { writeFileSync } = require('node:fs');

/** For .ci/run: writes how many tests passed, and fails the run if some were not run. */
module.exports = class CountsReporter {
  onRunComplete(_contexts, results) {
    const { TEST_COUNTS_FILE, REQUIRE_ALL_SUITES } = process.env;
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites; // suites that could not be loaded
    const skipped = results.numPendingTests + results.numTodoTests;
    if (TEST_COUNTS_FILE) {
      writeFileSync(TEST_COUNTS_FILE, `${results.numPassedTests} passed, ${failed} failed, ${skipped} skipped\n`);
    }
    if (REQUIRE_ALL_SUITES && skipped > 0) this.error = new Error(`${skipped} tests were skipped`);
  }

  getLastError() {
    return this.error;
  }
};
