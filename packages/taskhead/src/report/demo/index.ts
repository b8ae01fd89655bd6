/** The page of a demo: what preparing the head did on fresh draws of its task, for someone new to it. */
export { demoPage } from "./page.js";
export type { FreshDraws } from "./results.js";
export { standingsOf, demoWords, type DemoSubject } from "./words.js";
