import type { Model } from "@taskhead/autograd";
import type { ServedTask } from "../backbone/modality.js";
import { servedLabels } from "../backbone/served-labels.js";

/** What made the numbers of nodes and edges: other numbers would mean something else to the same model. */
export interface Featuriser {
  /** `ogb` */
  readonly name: string;
  /** Releases of what it stands on: `{ rdkit: "2026.09.1" }`. */
  readonly versions?: Readonly<Record<string, string>>;
}

const key = "taskhead.featuriser";

/** The model with a note of the featuriser among the file's metadata. */
export function withFeaturiser(model: Model, featuriser: Featuriser | undefined): Model {
  if (!featuriser) return model;
  const metadata = new Map(model.metadata);
  metadata.set(key, featuriser.name);
  for (const [name, version] of Object.entries(featuriser.versions ?? {})) metadata.set(`${key}.${name}`, version);
  return { ...model, metadata };
}

/** The featuriser that a file notes; undefined where it notes none. */
export function featuriserOf({ metadata }: Pick<Model, "metadata">): Featuriser | undefined {
  const name = metadata.get(key);
  if (name === undefined) return undefined;
  const versions = [...metadata].flatMap(([one, version]) =>
    one.startsWith(`${key}.`) ? [[one.slice(key.length + 1), version] as const] : [],
  );
  return { name, versions: Object.fromEntries(versions) };
}

/** The JSON file beside a fine-tuned model of graphs: what its logits stand for, and what features it takes. */
export function graphFolderFiles(
  { objective, outputs }: ServedTask,
  featuriser: Featuriser | undefined,
): Record<string, unknown> {
  return {
    "config.json": {
      model_type: "graph",
      ...servedLabels(objective.name, outputs),
      ...(featuriser ? { featuriser } : {}),
    },
  };
}
