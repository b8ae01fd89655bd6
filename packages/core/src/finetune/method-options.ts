/** Which options say how a network is trained: where nothing is trained after probing they would do nothing. */
export const trainingOptions = [
  "epochs",
  "lr",
  "schedule",
  "warmup",
  "optimizer",
  "weightDecay",
  "freezeUntil",
  "batchnorm",
  "layerDecay",
  "headLr",
  "clipNorm",
  "precision",
  "classWeights",
  "patience",
  "forecast",
  "starts",
] as const;

/** Options that are for one method alone. */
export const optionsOfMethod = {
  "l2-sp": ["spAlpha", "spBeta"],
  lora: ["loraRank", "loraAlpha", "loraTargets"],
  gradual: ["unfreezeEpochs"],
} as const;
