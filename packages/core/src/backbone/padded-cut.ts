import {
  buildOn,
  dependencies,
  GraphBuilder,
  ModelError,
  nodesFor,
  protoOf,
  renameGraph,
  type Model,
  type Node,
} from "@taskhead/autograd";
import { withoutOutputs } from "../engine/weights.js";
import type { Backbone } from "./backbone.js";
import type { Block } from "./blocks.js";
import { findMask } from "./pool.js";

/** How many places, such as tokens, the longest sample has, and on which side others are filled up to it. */
export interface Places {
  readonly longest: number;
  readonly padding: "left" | "right";
}

/** Until samples are open any number will do: graphs of the same nodes are refused for the same reasons. */
export const anyPlaces: Places = { longest: 1, padding: "right" };

/** The value at a cut where samples differ in their places, and all that lies above it reads besides. */
export interface OpenCut {
  /** [batch, places, width] */
  readonly value: string;
  readonly width: number;
  /** The input [batch, places] that is 1 at a place of the sample's own, 0 at padding. */
  readonly mask: string;
  /** The inputs that are read above the cut: the mask, and others for their size alone. */
  readonly read: readonly string[];
}

/**
 * @returns undefined for a cut of a fixed shape, above which no input is read
 * @throws {ModelError} if what lies above it cannot be told from the value at the cut
 */
export function openCut({ model, inputs }: Backbone, { input: value, inputShape }: Block): OpenCut | undefined {
  const { nodes, outputs } = model.graph;
  const upper = nodes.filter((node) => !node.outputs.includes(value));
  const ends = outputs.map(({ name }) => name);
  const needed = dependencies(upper, ends);
  const read = inputs.map(({ name }) => name).filter((name) => needed.has(name));
  const fixed = inputShape.every((d) => typeof d === "number");
  if (fixed && read.length === 0) return undefined;
  const [places, width] = inputShape;
  const b = buildOn(model);
  const mask = inputShape.length === 2 ? findMask(b, b.shape(value)) : undefined;
  if (typeof places === "number" || typeof width !== "number" || mask === undefined)
    throw new ModelError(
      read.length > 0
        ? `they read the input '${read[0]}' beside what lies below them`
        : `'${value}', which they read, is [${inputShape.join(", ")}] for a sample, and no mask among the inputs says what of it is padding`,
    );
  const telling = upper.filter((node) => node.opType !== "Shape" && node.opType !== "Size");
  const told = dependencies(telling, ends);
  const other = read.find((name) => name !== mask && told.has(name));
  if (other !== undefined)
    throw new ModelError(`they read the input '${other}' beside what lies below them, and not for its size alone`);
  return { value, width, mask, read };
}

/** A part of a model, and the name of the value that it ends in. */
export interface FilledUp {
  readonly model: Model;
  readonly value: string;
}

/**
 * The part below a cut, with `features` [batch, longest, width]: zeros in place of padding, and to the longest sample of all,
 * so that every sample has as many numbers. Zeros add nothing to norms and distances.
 */
export function filledUp(model: Model, cut: OpenCut, { longest, padding }: Places): FilledUp {
  const b = buildOn(withoutOutputs(model));
  const own = b.op("Greater", [b.op("Unsqueeze", [b.cast(cut.mask, "float32"), b.ints([2])]), 0]);
  const shown = b.where(own, cut.value, 0);
  const batch = b.op("Shape", [cut.value], { start: 0, end: 1 });
  const sizes = b.op("Concat", [batch, b.ints([longest, cut.width])], { axis: 0 });
  const rest = b.op("Expand", [0, sizes]);
  const whole = b.op("Concat", padding === "left" ? [rest, shown] : [shown, rest], { axis: 1 });
  const kept = padding === "left" ? b.slice(whole, 1, -longest, 2 ** 31 - 1) : b.slice(whole, 1, 0, longest);
  const value = `${filled}${cut.value}`;
  b.append(node("Reshape", [kept, b.ints([0, longest, cut.width])], value));
  b.setOutputs({ features: value });
  return { model: b.model(), value };
}

/**
 * The part above a cut, which reads what `filledUp` gives, under its name. A place where all is 0 is padding: the mask is
 * found again by that, and what the batch has of padding beyond its own longest sample is cut off first.
 * @returns the model, and which values in it stand for those that the whole backbone has under the same names
 */
export function readingFilled(
  { model }: Backbone,
  cut: OpenCut,
  { longest, padding }: Places,
): { model: Model; standIns: ReadonlySet<string> } {
  const { graph } = model;
  const whole = buildOn(model);
  const b = new GraphBuilder(graph.name, model);
  const z = b.input(`${filled}${cut.value}`, "float32", ["batch", longest, cut.width]);
  const isOwn = (value: string): string =>
    b.op("Greater", [b.op("ReduceMax", [b.op("Abs", [value]), b.ints([2])], { keepdims: 0 }), 0]);
  const counts = b.reduceSum(b.cast(isOwn(z), "int64"), [1]);
  const most = b.op("ReduceMax", [counts, b.ints([0])], { keepdims: 1 });
  const [from, to] = padding === "left" ? [b.sub(b.ints([longest]), most), b.ints([longest])] : [b.ints([0]), most];
  b.append(node("Slice", [z, from, to, b.ints([1])], cut.value));
  const mask = isOwn(cut.value);
  for (const name of cut.read) b.append(node("Cast", [mask], name, { to: protoOf(whole.type(name).dtype) }));
  const standIns = new Set([cut.value, ...cut.read]);
  const ends = [...standIns];
  // Its own names must be none of the backbone's.
  const front = renameGraph({ ...b.graph, nodes: nodesFor(b.graph.nodes, ends) }, (name) =>
    standIns.has(name) || name === z || name === "" ? name : `${filled}${name}`,
  );
  const upper = nodesFor(
    graph.nodes.filter(({ outputs }) => !outputs.includes(cut.value)),
    graph.outputs.map(({ name }) => name),
  );
  const initializers = new Map([...graph.initializers, ...front.initializers]);
  const inputs = [{ name: z, type: b.type(z) }];
  return {
    model: { ...model, graph: { ...graph, inputs, nodes: [...front.nodes, ...upper], initializers } },
    standIns,
  };
}

/** What begins the names of values that are here alone. */
const filled = "filled/";

function node(opType: string, inputs: string[], output: string, attributes: Node["attributes"] = {}): Node {
  return { name: `${filled}${output}`, opType, domain: "", inputs, outputs: [output], attributes };
}
