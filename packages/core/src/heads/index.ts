/** Task heads: what turns features into logits. `head.ts` says what a head is, the other files are the kinds there are. */
export { carriedHead, type EarlierHead } from "./carried.js";
export { denseHead } from "./dense.js";
export { headNorm, logitsOf, type Head } from "./head.js";
export { dropoutMasks } from "./dropout.js";
export { linearHead } from "./linear.js";
export { mlpHead } from "./mlp.js";
export { describeStart, headStartFor, startOptions, startSentence, type FoundStart, type HeadStart } from "./start.js";
export { withBlocks } from "./with-blocks.js";
export { headAlone, identityBackbone, withHead } from "./with-head.js";
