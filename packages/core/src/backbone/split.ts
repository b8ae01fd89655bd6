import { buildOn, ModelError, nodesFor, sizeOf, trainableParameters, type Model } from "@taskhead/autograd";
import { numbersIn, type Backbone } from "./backbone.js";
import { withoutOutputs, withWeights, type Weights } from "../engine/weights.js";
import { findBlocks, valuesBeside, type Block } from "./blocks.js";
import { anyPlaces, filledUp, openCut, readingFilled, type FilledUp, type OpenCut, type Places } from "./padded-cut.js";

/**
 * A backbone in two pieces, blocks(lower(x)). What starts afresh belongs to the head (`withBlocks`): the backbone that is
 * left is `lower`, and its features z are the value at the cut.
 */
export interface SplitBackbone {
  /** The input → the value at the cut, as `features`, of any shape behind the batch axis; its width counts all of a sample. */
  lower: Backbone;
  /** The value at the cut, under its own name → what the logits' head reads. Parameters keep their names. */
  blocks: Blocks;
}

/** What lies above a cut. */
export interface Blocks extends Backbone {
  /**
   * Where samples differ in their places: the values here that stand for the backbone's own of the same names, which the
   * blocks read directly where they are at hand. What is read at the cut is then filled up with zeros (`filledUp`).
   */
  readonly standIns?: ReadonlySet<string>;
}

/**
 * Cuts a backbone below its last `count` blocks. Where samples differ in their places, as texts do in their tokens, the
 * value at the cut is filled up to the longest of them.
 * @throws {ModelError} if it has no more blocks than that, if the two pieces share weights, or if the blocks read more than
 * the value at the cut and a mask.
 */
export function splitBackbone(backbone: Backbone, count: number, places: Places = anyPlaces): SplitBackbone {
  const found = findBlocks(backbone);
  const first = found.at(-count);
  const refused = `${count === 1 ? "a block" : `${count} blocks`} cannot be reinitialised`;
  if (!first || count >= found.length)
    throw new ModelError(
      `${refused}: the backbone has ${found.length}, and at least the first must keep what pretraining taught it; use option reinitBlocks ${Math.max(found.length - 1, 0)}${found.length > 2 ? " or fewer" : ""}`,
    );
  const cut = cutAt(backbone, first, refused);
  const lower = below(backbone, first, count, cut && filledUp(backbone.model, cut, places));
  const blocks = cut ? aboveOpen(backbone, cut, lower, places) : above(backbone, first.input);
  const shared = blocks.parameters.find((name) => lower.parameters.includes(name));
  if (shared !== undefined)
    throw new ModelError(
      `the weights '${shared}' are used below and above the cut at '${first.input}'; reinitialise another number of blocks, or none (option reinitBlocks 0)`,
    );
  return { lower, blocks };
}

function cutAt(backbone: Backbone, first: Block, refused: string): OpenCut | undefined {
  try {
    return openCut(backbone, first);
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    throw new ModelError(`${refused}: ${error.message}; use option reinitBlocks 0`);
  }
}

/**
 * The backbone with other values for those of its weights and statistics that are named; what is not its own, such as a
 * head's parameters, is passed over.
 */
export function mergeWeights(backbone: Backbone, weights: Weights): Backbone {
  const own = new Map([...weights].filter(([name]) => backbone.model.graph.initializers.has(name)));
  return { ...backbone, model: withWeights(backbone.model, own) };
}

function below(backbone: Backbone, { input, inputShape }: Block, count: number, filled?: FilledUp): Backbone {
  const builder = buildOn(withoutOutputs(backbone.model));
  builder.setOutputs({ features: input });
  const { model, value } = filled ?? { model: builder.model(), value: input };
  const shape = buildOn(model).shape(value).slice(1).map(Number);
  const width = sizeOf(shape);
  const above = count === 1 ? "the last block, which starts" : `the last ${count} blocks, which start`;
  const numbers = filled
    ? `${shape.at(-1)} at each place of ${String(inputShape[0])}, and zeros up to the longest sample`
    : `${width} per sample`;
  const found = `Features are '${input}' [${inputShape.join(", ")}], below ${above} afresh as a part of the head, ${numbers}.`;
  const lower = { ...backbone, model, featureName: value, width, found, ...trained(backbone, model) };
  const { map: _, ...vector } = lower;
  const [channels, height, across] = shape;
  // Movement is then told over the places at the cut.
  return backbone.map && shape.length === 3
    ? { ...lower, map: { channels: channels!, height: height!, width: across! } }
    : vector;
}

/** Blocks at a cut where samples differ in their places. Weights that they read beside the cut value alone stay below it. */
function aboveOpen(backbone: Backbone, cut: OpenCut, lower: Backbone, places: Places): Blocks {
  const { model, standIns } = readingFilled(backbone, cut, places);
  const piece = buildOn(model).model();
  const beside = valuesBeside(buildOn(backbone.model), backbone);
  const along = piece.graph.nodes.filter((node) => !node.outputs.some((output) => beside.has(output)));
  const own = new Set(trained(backbone, { ...piece, graph: { ...piece.graph, nodes: along } }).parameters);
  const parameters = trained(backbone, piece).parameters.filter(
    (name) => own.has(name) || !lower.parameters.includes(name),
  );
  const inputs = piece.graph.inputs.map(({ name, type }) => ({ name, ...type! }));
  return { ...backbone, model: piece, inputs, parameters, parameterCount: numbersIn(piece, parameters), standIns };
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
