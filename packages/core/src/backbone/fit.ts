import { ModelError } from "@taskhead/autograd";
import { DataError } from "../given/errors.js";
import { isObject } from "../given/wanted.js";
import { shown } from "../given/words.js";
import { withInputs, type Samples } from "../data/samples.js";
import type { Backbone } from "./backbone.js";

/**
 * The samples as the backbone takes them: inputs that had to take other names in it are fed under those.
 * @param set whose they are, for the message: `training`
 * @throws {DataError} unless what the samples feed is what the backbone takes, judged by the first.
 */
export async function fitted(backbone: Backbone, samples: Samples, set = "given"): Promise<Samples> {
  const renamed = renamedInputs(backbone);
  const own = renamed.size > 0 ? withInputs(samples, (name) => renamed.get(name) ?? name) : samples;
  await requireFit(backbone, own, set);
  return own;
}

/** Inputs of the file that have other names in the backbone, old → new. */
export function renamedInputs({ inputs, renamed }: Pick<Backbone, "inputs" | "renamed">): ReadonlyMap<string, string> {
  return new Map([...renamed].filter(([, now]) => inputs.some(({ name }) => name === now)));
}

async function requireFit(backbone: Backbone, samples: Samples, set: string): Promise<void> {
  const { inputs } = backbone;
  if (samples.count === 0) throw new DataError(`the ${set} set has no samples; give at least one`);
  const theirs = new Map([...renamedInputs(backbone)].map(([old, now]) => [now, old]));
  const said = (name: string): string => theirs.get(name) ?? name;
  const taken = inputs.map(({ name }) => said(name)).find((name) => name === "logits" || name.startsWith("head."));
  if (taken !== undefined)
    throw new ModelError(`the model takes an input called '${taken}', as a part of its export is; rename that input`);
  const feeds = await samples.feeds([0]);
  if (!isObject(feeds))
    throw new DataError(
      `feeds of the ${set} samples gives ${shown(feeds)}; make it return a tensor for each input, by its name`,
    );
  if (inputs.some(({ name }) => feeds[name] === undefined))
    throw new DataError(
      `the ${set} samples feed ${list(Object.keys(feeds).map(said))}, but the backbone takes ${list(inputs.map((i) => said(i.name)))}; feed those names`,
    );
  for (const { name, dtype, shape } of inputs) {
    const tensor = feeds[name]!;
    if (!Array.isArray(tensor.dims))
      throw new DataError(
        `feeds of the ${set} samples gives ${shown(tensor)} as '${said(name)}'; make a tensor of it with engine.tensor`,
      );
    const fits =
      tensor.type === dtype &&
      tensor.dims.length === shape.length &&
      shape.every((d, i) => i === 0 || typeof d !== "number" || d === tensor.dims[i]);
    if (!fits)
      throw new DataError(
        `a ${set} sample feeds '${said(name)}' as ${tensor.type} [${tensor.dims.slice(1).join(", ")}], but the backbone takes ${dtype} [${shape.slice(1).join(", ")}] for each`,
      );
  }
}

/**
 * @param first the sample whose features come first
 * @throws {ModelError} for features that are not finite, where a weight is not
 * @throws {DataError} otherwise, with the sample that they are of
 */
export function requireFinite(backbone: Backbone, features: Float32Array, set = "given", first = 0): void {
  const i = features.findIndex((value) => !Number.isFinite(value));
  if (i < 0) return;
  requireFiniteWeights(backbone);
  throw new DataError(
    `the features of ${set} sample ${first + Math.floor(i / backbone.width)} are ${features[i]}; look at what it feeds, and at the size of the model's weights`,
  );
}

function requireFiniteWeights({ model, parameters }: Backbone): void {
  for (const name of parameters) {
    const found = (model.graph.initializers.get(name)!.data as Float32Array).find((value) => !Number.isFinite(value));
    if (found !== undefined)
      throw new ModelError(`weight '${name}' holds ${found}; fetch the model again, or export it`);
  }
}

function list(names: readonly string[]): string {
  return names.length > 0 ? names.map((name) => `'${name}'`).join(", ") : "nothing";
}
