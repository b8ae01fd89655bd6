import { configOf } from "../../files/model-config.js";

/** What a model's own outputs stand for, as `id2label` of its config.json says; null where nothing does. */
export async function labelsOf(modelPath: string): Promise<string[] | null> {
  const labels = (await configOf(modelPath))?.["id2label"];
  if (typeof labels !== "object" || labels === null) return null;
  const byIndex = Object.entries(labels)
    .filter(([index, label]) => /^[0-9]+$/.test(index) && typeof label === "string")
    .sort(([a], [b]) => Number(a) - Number(b));
  return byIndex.length > 0 ? byIndex.map(([, label]) => label as string) : null;
}
