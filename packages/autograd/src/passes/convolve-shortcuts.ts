import type { GraphBuilder, Value } from "../builder.js";
import type { Graph, Model, Node } from "../graph/model.js";
import { freshNames } from "../graph/names.js";
import { float32, numbersOf } from "../graph/tensor.js";
import { producers, usedOnce } from "../graph/walk.js";
import { buildOn } from "../lower/build-on.js";
import type { GraphOptions } from "../options.js";
import { zeroPads } from "./zero-pads.js";

/**
 * A shortcut without parameters, as residual networks for CIFAR have it (option A of He et al. 2016): every so many pixels, and
 * channels of zeros around. As a 1 × 1 convolution by zeros and ones it stays in the layout that convolutions around it are
 * in (`blockChannels`), where slicing and padding would leave it, forward and back. Only where channels come in whole blocks.
 */
export function convolveShortcuts(model: Model, block: number, options: GraphOptions = {}): Model {
  if (!model.graph.nodes.some(({ opType }) => opType === "Pad")) return model;
  const typed = buildOn(model, options);
  const makers = producers(model.graph.nodes);
  const once = usedOnce(model.graph);
  const initializers = new Map(model.graph.initializers);
  const fresh = freshNames(model.graph);
  const replaced = new Set<Node>();
  /** The slices that lead to a value which nothing else reads, last first. */
  const slicesTo = (value: Value): { slice: Node; steps: [number, number] }[] => {
    const slice = once.has(value) ? makers.get(value) : undefined;
    const steps = slice && wholeAxes(typed, slice);
    return steps ? [{ slice, steps }, ...slicesTo(slice.inputs[0]!)] : [];
  };
  const nodes = model.graph.nodes.map((pad) => {
    const zeros = zeroChannels(model.graph, pad);
    const slices = zeros ? slicesTo(pad.inputs[0]!) : [];
    if (!zeros || slices.length === 0) return pad;
    const x = slices.at(-1)!.slice.inputs[0]!;
    const channels = typed.shape(x)[1];
    if (typeof channels !== "number") return pad;
    const outputs = zeros[0] + channels + zeros[1];
    if (channels % block !== 0 || outputs % block !== 0) return pad;
    slices.forEach(({ slice }) => replaced.add(slice));
    const kernel = fresh(`${pad.outputs[0]}.kernel`);
    initializers.set(kernel, float32(shifted(channels, outputs, zeros[0]), [outputs, channels, 1, 1]));
    const strides = [0, 1].map((axis) => slices.reduce((product, { steps }) => product * steps[axis]!, 1));
    return { ...pad, opType: "Conv", inputs: [x, kernel], attributes: { kernel_shape: [1, 1], strides } };
  });
  return { ...model, graph: { ...model.graph, nodes: nodes.filter((node) => !replaced.has(node)), initializers } };
}

/** How many channels of zeros a Pad puts before and behind those of an image [N, C, H, W]; undefined where it does more. */
function zeroChannels(graph: Graph, pad: Node): [number, number] | undefined {
  const { before, behind } = zeroPads(graph, pad) ?? {};
  if (before?.length !== 4 || [...before, ...behind!].some((zeros, i) => zeros > 0 && i % 4 !== 1)) return undefined;
  return [before[1]!, behind![1]!];
}

/** The steps along height and width of a Slice that takes both from end to end; undefined where it does anything else. */
function wholeAxes(b: GraphBuilder, slice: Node): [number, number] | undefined {
  if (slice.opType !== "Slice" || slice.domain !== "") return undefined;
  const shape = b.shape(slice.inputs[0]!);
  const [starts, ends, axes, steps] = slice.inputs.slice(1).map((name: Value) => b.graph.initializers.get(name));
  if (shape.length !== 4 || !starts || !ends || !axes || !steps) return undefined;
  const strides: [number, number] = [1, 1];
  for (const [i, given] of numbersOf(axes).entries()) {
    const axis = given < 0 ? given + 4 : given;
    const [size, step] = [shape[axis], numbersOf(steps)[i]!];
    const isWhole = numbersOf(starts)[i] === 0 && typeof size === "number" && numbersOf(ends)[i]! >= size && step > 0;
    if (axis < 2 || !isWhole) return undefined;
    strides[axis - 2] = step;
  }
  return strides;
}

/** Filters [outputs, channels] of which the one at `front` + c lets channel c through. */
function shifted(channels: number, outputs: number, front: number): Float32Array {
  const filters = new Float32Array(outputs * channels);
  for (let c = 0; c < channels; c++) filters[(front + c) * channels + c] = 1;
  return filters;
}
