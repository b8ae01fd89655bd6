import {
  buildOn,
  dependencies,
  ModelError,
  nodesFor,
  sizeOf,
  trainableParameters,
  type Model,
} from "@taskhead/autograd";
import { numbersIn, type Backbone } from "./backbone.js";
import { withoutOutputs, withWeights, type Weights } from "../engine/weights.js";
import { findBlocks, type Block } from "./blocks.js";

/**
 * A backbone in two pieces, blocks(lower(x)). What starts afresh belongs to the head (`withBlocks`): the backbone that is
 * left is `lower`, and its features z are the value at the cut.
 */
export interface SplitBackbone {
  /** The input → the value at the cut, as `features`, of any shape behind the batch axis; its width counts all of a sample. */
  lower: Backbone;
  /** The value at the cut, under its own name → what the logits' head reads. Parameters keep their names. */
  blocks: Backbone;
}

/**
 * Cuts a backbone below its last `count` blocks.
 * @throws {ModelError} if it has no more blocks than that, or if the two pieces share weights.
 */
export function splitBackbone(backbone: Backbone, count: number): SplitBackbone {
  const found = findBlocks(backbone);
  const first = found.at(-count);
  if (!first || count >= found.length)
    throw new ModelError(
      `${count} blocks cannot be reinitialised: the backbone has ${found.length}, and at least the first must keep what pretraining taught it; use option reinitBlocks ${Math.max(found.length - 1, 0)} or fewer`,
    );
  const shape = onlyFixed(backbone, first, count);
  const lower = below(backbone, first.input, shape, count);
  const blocks = above(backbone, first.input);
  const shared = blocks.parameters.find((name) => lower.parameters.includes(name));
  if (shared !== undefined)
    throw new ModelError(
      `the weights '${shared}' are used below and above the cut at '${first.input}'; reinitialise another number of blocks`,
    );
  return { lower, blocks };
}

/**
 * The backbone with other values for those of its weights and statistics that are named; what is not its own, such as a
 * head's parameters, is passed over.
 */
export function mergeWeights(backbone: Backbone, weights: Weights): Backbone {
  const own = new Map([...weights].filter(([name]) => backbone.model.graph.initializers.has(name)));
  return { ...backbone, model: withWeights(backbone.model, own) };
}

/** @throws {ModelError} unless all that the blocks read is the value at the cut, of a fixed shape, which it returns. */
function onlyFixed({ model, inputs }: Backbone, { input, inputShape }: Block, count: number): readonly number[] {
  const { nodes, outputs } = model.graph;
  const upper = nodes.filter((node) => !node.outputs.includes(input));
  const read = dependencies(
    upper,
    outputs.map(({ name }) => name),
  );
  const other = inputs.find(({ name }) => read.has(name));
  if (other)
    throw new ModelError(
      `${count} blocks cannot be reinitialised: they read the input '${other.name}' beside what lies below them; use option reinitBlocks 0`,
    );
  const fixed = inputShape.filter((d) => typeof d === "number");
  if (fixed.length === inputShape.length) return fixed;
  throw new ModelError(
    `${count} blocks cannot be reinitialised: '${input}', which they read, is [${inputShape.join(", ")}] for a sample, of no fixed size; use option reinitBlocks 0`,
  );
}

function below(backbone: Backbone, cut: string, shape: readonly number[], count: number): Backbone {
  const builder = buildOn(withoutOutputs(backbone.model));
  builder.setOutputs({ features: cut });
  const model = builder.model();
  const width = sizeOf(shape);
  const above = count === 1 ? "the last block, which starts" : `the last ${count} blocks, which start`;
  const found = `Features are '${cut}' [${shape.join(", ")}], below ${above} afresh as a part of the head, ${width} per sample.`;
  const lower = { ...backbone, model, featureName: cut, width, found, ...trained(backbone, model) };
  const { map: _, ...vector } = lower;
  const [channels, height, across] = shape;
  // Movement is then told over the places at the cut.
  return backbone.map && shape.length === 3
    ? { ...lower, map: { channels: channels!, height: height!, width: across! } }
    : vector;
}

function above(backbone: Backbone, cut: string): Backbone {
  const { model } = backbone;
  const outputs = model.graph.outputs.map((o) => o.name);
  // The cut is an input from here on: nothing below it is needed.
  const upper = model.graph.nodes.filter((node) => !node.outputs.includes(cut));
  const nodes = nodesFor(upper, outputs);
  const type = buildOn(model).type(cut);
  const graph = { ...model.graph, inputs: [{ name: cut, type }], nodes };
  const piece = buildOn({ ...model, graph }).model();
  return {
    ...backbone,
    model: piece,
    inputs: [{ name: cut, ...type }],
    ...trained(backbone, piece),
  };
}

/** The backbone's parameters that this piece uses. */
export function trained(backbone: Backbone, piece: Model): Pick<Backbone, "parameters" | "parameterCount"> {
  const parameters = trainableParameters(piece).filter((name) => backbone.parameters.includes(name));
  return { parameters, parameterCount: numbersIn(piece, parameters) };
}
