import { buildOn, float32, ModelError, renameNode, type Model } from "@taskhead/autograd";
import type { Backbone } from "./backbone.js";
import { withoutOutputs } from "../engine/weights.js";

/** α before the sigmoid. */
const alpha = "side.alpha";
/** Brings the side network's features to the base's width. */
const map = "side.map";

/** A side network's value, parameter or node in the joint graph. */
export function inSide(name: string): string {
  return `side.${name}`;
}

/** The name within the side network of a parameter of the joint graph; other names as they are. */
export function outOfSide(name: string): string {
  return name.startsWith(inSide("")) ? name.slice(inSide("").length) : name;
}

/**
 * Side-tuning (Zhang et al. 2020): a backbone of two networks that see the same input, a frozen base and a trained side,
 * z = α·base(x) + (1 − α)·side(x). Its parameters are the side's (as `side.<name>`) and the blend: α is the sigmoid of a
 * learned number, and 0.5 at the start. Side networks of another width pass through a learned linear map without bias,
 * which starts at zero: at first they add nothing.
 *
 * The result is a backbone like any other. Where the side is the base itself, its features at the start are the base's,
 * exactly; otherwise z_0 is the blend.
 * @throws {ModelError} if the two take different inputs.
 */
export function sideTuned(base: Backbone, side: Backbone): Backbone {
  requireSameInput(base, side);
  requireSameMap(base, side);
  const graph = beside(base, side);
  const b = buildOn(withoutOutputs(graph));
  const sameWidth = base.width === side.width;
  const own = inSide(side.featureName);
  const mapped = sameWidth
    ? own
    : b.op("MatMul", [
        own,
        b.initializer(map, float32(new Float32Array(side.width * base.width), [side.width, base.width])),
      ]);
  const share = b.op("Sigmoid", [b.initializer(alpha, float32([0]))]);
  // As a difference: where the two agree, nothing is rounded.
  const features = b.add(mapped, b.mul(share, b.sub(base.featureName, mapped)));
  b.setOutputs({ features });
  const parameters = [...side.parameters.map(inSide), ...(sameWidth ? [] : [map]), alpha];
  return {
    ...base,
    model: b.model(),
    featureName: features,
    found:
      `${base.found} They are blended with those of a side network, ${side.width} per sample` +
      (sameWidth ? "." : ", through a learned linear map, since the widths differ."),
    constants: new Set([...base.constants, ...[...side.constants].map(inSide)]),
    parameters,
    parameterCount: side.parameterCount + 1 + (sameWidth ? 0 : side.width * base.width),
  };
}

/** α, the base's share in the features, 0..1. */
export function sideAlpha(weights: ReadonlyMap<string, Float32Array>): number {
  const value = weights.get(alpha)?.[0];
  if (value === undefined) throw new Error(`the weights lack '${alpha}': they are not of a side-tuned backbone`);
  return 1 / (1 + Math.exp(-value));
}

function requireSameInput(base: Backbone, side: Backbone): void {
  const taken = ({ inputs }: Backbone): string =>
    inputs.map(({ dtype, shape }) => `${dtype} [${shape.join(", ")}]`).join(", ");
  if (taken(base) !== taken(side))
    throw new ModelError(
      `the side network takes ${taken(side)}, the backbone ${taken(base)}; they must take the same samples: open both with one modality`,
    );
}

function requireSameMap(base: Backbone, side: Backbone): void {
  const told = ({ map }: Backbone): string => (map ? `[${map.channels}, ${map.height}, ${map.width}]` : "a vector");
  if ((base.map || side.map) && told(base) !== told(side))
    throw new ModelError(
      `the side network's features are ${told(side)}, the backbone's ${told(base)}; maps can be blended only if both are of one shape`,
    );
}

/** Both networks in one graph, the side's names set apart, reading the base's input. */
function beside(base: Backbone, side: Backbone): Model {
  const shared = new Map(side.inputs.map(({ name }, i) => [name, base.inputs[i]!.name]));
  const renamed = (name: string): string => shared.get(name) ?? inSide(name);
  const nodes = side.model.graph.nodes.map((node) => ({ ...renameNode(node, renamed), name: inSide(node.name) }));
  const initializers = [...side.model.graph.initializers].map(([name, tensor]) => [renamed(name), tensor] as const);
  const { graph } = base.model;
  return {
    ...base.model,
    opsets: new Map([...side.model.opsets, ...base.model.opsets]),
    graph: {
      ...graph,
      nodes: [...graph.nodes, ...nodes],
      initializers: new Map([...graph.initializers, ...initializers]),
    },
  };
}
