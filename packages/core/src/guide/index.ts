/** The guide: from what a tuning measured to what it means and what to try next. Read probed.ts, facts.ts, then rules/. */
export type { Action, Advice, AdviceOf, Behind, Part, ProbedAndTuned, RuleId } from "./advice.js";
export type { Asked } from "./asked.js";
export type { Evidence, RunEvidence, TemperatureEvidence } from "./evidence.js";
export type { Regime } from "./probed.js";
export { guide, type Guide } from "./guide.js";
