/** Ends a test run with one plain line: how many tests passed and failed, and how many were skipped. */
export default class SummaryReporter {
  onTestRunEnd(modules, errors) {
    const count = { passed: 0, failed: errors.length, skipped: 0 };
    for (const file of modules) {
      for (const test of file.children.allTests()) count[test.result().state]++;
      if (file.errors().length > 0) count.failed++;
    }
    this.line = `${count.passed} passed, ${count.failed} failed${count.skipped ? `, ${count.skipped} skipped` : ""}`;
    process.on("exit", () => console.log(this.line));
  }
}
