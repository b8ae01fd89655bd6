/** How the weights of an exported file are stored; activations are float32 in all of them. Cheap to import. */
export const precisions = ["fp32", "fp16", "int8"] as const;
export type Precision = (typeof precisions)[number];

/** In what fine-tuning computes its products; weights, and all else, are float32 in both. */
export const trainingPrecisions = ["fp32", "fp16"] as const satisfies readonly Precision[];
export type TrainingPrecision = (typeof trainingPrecisions)[number];
