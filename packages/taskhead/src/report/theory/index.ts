/** The page of `taskhead theory`, in the style of the report. */
export { findingsOf, peakSentences } from "./findings.js";
export { theoryPage } from "./page.js";
export type { TheoryReport } from "./results.js";
