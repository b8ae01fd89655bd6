/** The guide: from what a tuning measured to what it means and what to try next. Read facts.ts, then rules/. */
export type { Evidence, ProbingEvidence, RunEvidence } from "./evidence.js";
export type { Regime } from "./facts.js";
export { guide, type Advice, type Guide } from "./guide.js";
export { accuracyError, independentImages, pairedImages, type Interval } from "../measures/intervals.js";
export type { Part, Section } from "./rule.js";
