import type { Model } from "@taskhead/autograd";

/** Where an export says what it was made of, among the file's metadata. */
const keys = { features: "taskhead.features", constants: "taskhead.constants" } as const;

/** What a file of ours says of itself, in the names that its values have now. */
export interface Provenance {
  /** The value that holds the features, below the head. */
  readonly features: string | undefined;
  /** Initializers that no one trains. */
  readonly constants: readonly string[];
}

/** @param renamed old name → new name of values that had to make room */
export function provenance({ metadata, graph }: Model, renamed: ReadonlyMap<string, string>): Provenance {
  const now = (name: string): string => renamed.get(name) ?? name;
  const features = metadata.get(keys.features);
  const constants = (metadata.get(keys.constants) ?? "").split("\n").filter((name) => name !== "");
  const made = new Set([...graph.inputs.map((v) => v.name), ...graph.nodes.flatMap((n) => n.outputs)]);
  return {
    // A file that was changed since may have lost the value.
    features: features !== undefined && made.has(now(features)) ? now(features) : undefined,
    constants: constants.map(now).filter((name) => graph.initializers.has(name)),
  };
}

/** The model with a note of what it was made of, for `openBackbone` to read. */
export function withProvenance(model: Model, features: string, constants: Iterable<string>): Model {
  const metadata = new Map(model.metadata);
  metadata.set(keys.features, features);
  metadata.set(keys.constants, [...constants].join("\n"));
  return { ...model, metadata };
}
