/**
 * Partial backbone (Ren et al. 2023, section 5): the last blocks of the backbone start afresh and count as part of the
 * head. `blocks.ts` finds the blocks, `split.ts` cuts there, `reinitialise.ts` gives the upper part its random start, and
 * `batch-statistics.ts` lets its BatchNorms use and estimate their own statistics while they are probed.
 */
export { findBlocks, type Block } from "./blocks.js";
export { mergeWeights, splitBackbone, type SplitBackbone } from "./split.js";
export { batchNorms, reinitialise, type BatchNorm } from "./reinitialise.js";
export { estimateStatistics } from "./estimate-statistics.js";
export { withBatchStatistics } from "./batch-statistics.js";
