import type { ObjectiveName } from "../objectives/objective.js";

const problemTypes: Record<ObjectiveName, string> = {
  classification: "single_label_classification",
  "multi-label": "multi_label_classification",
  regression: "regression",
  // transformers' own for its semantic segmentation, which has no problem_type of several.
  segmentation: "semantic_segmentation",
};

/** What an exported model's config.json says of its logits, whatever they are made of. @param outputs what each stands for */
export function servedLabels(objective: ObjectiveName, outputs: readonly string[]): Record<string, unknown> {
  return {
    problem_type: problemTypes[objective],
    num_labels: outputs.length,
    id2label: Object.fromEntries(outputs.map((output, i) => [String(i), output])),
    label2id: Object.fromEntries(outputs.map((output, i) => [output, i])),
    "transformers.js_config": { dtype: "fp32" },
  };
}
