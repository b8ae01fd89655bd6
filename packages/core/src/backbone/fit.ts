import { ModelError } from "@taskhead/autograd";
import { withInputs, type Samples } from "../data/samples.js";
import type { Backbone } from "./backbone.js";

/**
 * The samples as the backbone takes them: inputs that had to take other names in it are fed under those.
 * @throws {Error} unless what the samples feed is what the backbone takes, judged by the first.
 */
export async function fitted(backbone: Backbone, samples: Samples): Promise<Samples> {
  const renamed = renamedInputs(backbone);
  const own = renamed.size > 0 ? withInputs(samples, (name) => renamed.get(name) ?? name) : samples;
  await requireFit(backbone, own);
  return own;
}

/** Inputs of the file that have other names in the backbone, old → new. */
export function renamedInputs({ inputs, renamed }: Pick<Backbone, "inputs" | "renamed">): ReadonlyMap<string, string> {
  return new Map([...renamed].filter(([, now]) => inputs.some(({ name }) => name === now)));
}

async function requireFit(backbone: Backbone, samples: Samples): Promise<void> {
  const { inputs } = backbone;
  if (samples.count === 0) throw new Error("there are no samples; give at least one");
  const theirs = new Map([...renamedInputs(backbone)].map(([old, now]) => [now, old]));
  const said = (name: string): string => theirs.get(name) ?? name;
  const taken = inputs.map(({ name }) => said(name)).find((name) => name === "logits" || name.startsWith("head."));
  if (taken !== undefined)
    throw new ModelError(`the model takes an input called '${taken}', as a part of its export is; rename that input`);
  const feeds = await samples.feeds([0]);
  for (const { name, dtype, shape } of inputs) {
    const tensor = feeds[name];
    if (!tensor)
      throw new Error(
        `the samples feed ${list(Object.keys(feeds).map(said))}, but the backbone takes '${said(name)}' too`,
      );
    const fits =
      tensor.type === dtype &&
      tensor.dims.length === shape.length &&
      shape.every((d, i) => i === 0 || typeof d !== "number" || d === tensor.dims[i]);
    if (!fits)
      throw new Error(
        `the samples feed '${said(name)}' as ${tensor.type} [${tensor.dims.join(", ")}], but the backbone takes ${dtype} [${shape.join(", ")}]`,
      );
  }
}

function list(names: readonly string[]): string {
  return names.length > 0 ? names.map((name) => `'${name}'`).join(", ") : "nothing";
}
