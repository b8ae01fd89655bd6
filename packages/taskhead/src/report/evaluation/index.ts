/** The page of an evaluation: what a model gets right and wrong on labelled samples. */
export { evaluationPage } from "./page.js";
export { headlineOf } from "./words.js";
export type { Evaluation } from "./results.js";
