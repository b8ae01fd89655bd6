import type { ObjectiveName } from "../objectives/objective.js";

/** What transformers calls it; its classifiers of tokens have no other kind. */
const problemTypes: Record<ObjectiveName, string | undefined> = {
  classification: "single_label_classification",
  "multi-label": "multi_label_classification",
  regression: "regression",
  "token-classification": undefined,
  // transformers' own for its semantic segmentation, which has no problem_type of several.
  segmentation: "semantic_segmentation",
};

/** What an exported model's config.json says of its logits, whatever they are made of. @param outputs what each stands for */
export function servedLabels(objective: ObjectiveName, outputs: readonly string[]): Record<string, unknown> {
  const type = problemTypes[objective];
  return {
    ...(type === undefined ? {} : { problem_type: type }),
    num_labels: outputs.length,
    id2label: Object.fromEntries(outputs.map((output, i) => [String(i), output])),
    label2id: Object.fromEntries(outputs.map((output, i) => [output, i])),
    "transformers.js_config": { dtype: "fp32" },
  };
}
