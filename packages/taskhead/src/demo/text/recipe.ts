import type { Recipe } from "../recipe.js";

/** To be settled. */
export const messagesRecipe: Recipe = {
  batch: 16,
  epochs: 4,
  optimizer: "adamw",
  lr: 3e-3,
  clipNorm: 1,
  probeEpochs: 64,
  schedule: "cosine",
  warmup: 0.05,
  // Of a network this small, threads wait for one another longer than they work.
  threads: 1,
};
