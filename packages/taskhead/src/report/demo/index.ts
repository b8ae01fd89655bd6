/** The page of `taskhead demo`: what preparing the head did on fresh drawings, for someone new to it. */
export { demoPage } from "./page.js";
export type { FreshDrawings } from "./results.js";
export { standingsOf, demoWords } from "./words.js";
