/**
 * Prints the count of all tests as the last line of a run. A test file that could not run at all
 * counts as one failed test, and a run in which no test ran fails.
 */
export default class CountReporter {
  #error;

  onRunComplete(_contexts, results) {
    const passed = results.numPassedTests;
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const skipped = results.numPendingTests + results.numTodoTests;
    if (passed + failed === 0) {
      this.#error = new Error("No test ran.");
    }
    // Jest prints its own summary after this hook, so the line waits for the end of the process.
    process.once("exit", () => {
      process.stdout.write(`tests: ${passed} passed, ${failed} failed, ${skipped} skipped\n`);
    });
  }

  getLastError() {
    return this.#error;
  }
}
