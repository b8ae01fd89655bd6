/**
 * How the demo trains, in its own run and on fresh drawings. One rate for every start: the one that suits a random head best
 * of those tried (0.01, 0.03, 0.05, 0.1), so that a prepared one owes nothing to it.
 */
export const recipe = {
  batch: 16,
  rate: 0.05,
  clipNorm: 1,
  probeEpochs: 256,
  schedule: "cosine",
  warmup: 0.05,
} as const;
