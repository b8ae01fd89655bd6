import type { Reporter } from "vitest/node";

type Reported = Parameters<Required<Reporter>["onTestRunEnd"]>;

/** Ends a test run with one plain line: how many tests passed and failed, and how many were skipped. */
export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: Reported[0], errors: Reported[1]): void {
    const count = { passed: 0, failed: errors.length, skipped: 0, pending: 0 };
    for (const file of modules) {
      for (const test of file.children.allTests()) count[test.result().state]++;
      if (file.errors().length > 0) count.failed++;
    }
    const skipped = count.skipped ? `, ${count.skipped} skipped` : "";
    process.on("exit", () => console.log(`${count.passed} passed, ${count.failed} failed${skipped}`));
  }
}
