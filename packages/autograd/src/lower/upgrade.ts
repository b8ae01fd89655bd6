import type { GraphBuilder, Value } from "../builder.js";
import { UnsupportedError } from "../graph/errors.js";
import { floatAttribute, Floats, intAttribute, intsAttribute, type Attribute, type Node } from "../graph/model.js";
import { float32 } from "../graph/tensor.js";
import { dataTypeOf, protoOf } from "../io/data-types.js";
import type { Operators } from "../options.js";
import { normalizeByBatch } from "./batch-statistics.js";
import { dropoutMask, type DropoutMask } from "./dropout.js";
import { named } from "./named.js";
import { followSequence, sequenceOperators, type Sequences } from "./sequences.js";
import { padBefore } from "./same-padding.js";
import { splitDirections } from "./split-directions.js";

/** What a lowering keeps besides the graph. */
export interface Lowering {
  readonly b: GraphBuilder;
  /** The model's operator set. */
  readonly version: number;
  readonly sequences: Sequences;
  /** The masks that Dropout multiplies by in training; undefined where it does nothing. */
  readonly masks: DropoutMask[] | undefined;
  readonly operators: Operators;
}

/** The node as the target operator set writes it (one node, or several where an operator changed its meaning). */
export function upgradeNode(c: Lowering, node: Node): Node[] {
  if (node.domain !== "") return [node];
  if (c.version < 7)
    throw new UnsupportedError(node, `operator set ${c.version} is too old; export with operator set 11 or later`);
  const upgrade = Object.hasOwn(upgrades, node.opType) ? upgrades[node.opType] : undefined;
  return upgrade?.(node, c) ?? [node];
}

type Upgrade = (node: Node, c: Lowering) => Node[] | undefined;

/** Axes moved from an attribute to the second input. */
const axesToInput =
  (since: number): Upgrade =>
  (node, { version, b }) => {
    const axes = intsAttribute(node, "axes");
    if (version >= since || !axes) return undefined;
    return [{ ...without(node, "axes"), inputs: [node.inputs[0]!, b.ints(axes)] }];
  };

/** Before 13, (Log)Softmax ran over all axes from `axis` on, which was 1 by default. */
const softmax: Upgrade = (node, { version, b }) => {
  if (version >= 13) return undefined;
  const rank = b.shape(node.inputs[0]!).length;
  const given = intAttribute(node, "axis", 1);
  const axis = given < 0 ? given + rank : given;
  if (axis === rank - 1) return [{ ...node, attributes: { axis } }];
  const flat = b.fresh(`${node.name}/flat`);
  const done = b.fresh(`${node.name}/softmax`);
  const shape = b.fresh(`${node.name}/shape`);
  return [
    make("Flatten", [node.inputs[0]!], flat, { axis }),
    make(node.opType, [flat], done, { axis: 1 }),
    make("Shape", [node.inputs[0]!], shape),
    { ...make("Reshape", [done, shape], node.outputs[0]!), name: node.name },
  ];
};

const clip: Upgrade = (node, { version, b }) => {
  if (version >= 11) return undefined;
  const low = b.scalar(floatAttribute(node, "min", -3.4028234663852886e38));
  const high = b.scalar(floatAttribute(node, "max", 3.4028234663852886e38));
  return [{ ...without(node, "min", "max"), inputs: [node.inputs[0]!, low, high] }];
};

const split: Upgrade = (node, { version, b }) => {
  const lengths = intsAttribute(node, "split");
  if (lengths && version < 13) return [{ ...without(node, "split"), inputs: [node.inputs[0]!, b.ints(lengths)] }];
  if (version < 18 && node.inputs.length < 2)
    return [{ ...node, attributes: { ...node.attributes, num_outputs: node.outputs.length } }];
  return undefined;
};

const pad: Upgrade = (node, { version, b }) => {
  const pads = intsAttribute(node, "pads");
  if (version >= 11 || !pads) return undefined;
  return [
    {
      ...without(node, "pads", "value"),
      inputs: [node.inputs[0]!, b.ints(pads), b.scalar(floatAttribute(node, "value", 0))],
    },
  ];
};

const slice: Upgrade = (node, { version, b }) => {
  const [starts, ends, axes] = ["starts", "ends", "axes"].map((a) => intsAttribute(node, a));
  if (version >= 10 || !starts || !ends) return undefined;
  return [
    {
      ...without(node, "starts", "ends", "axes"),
      inputs: [node.inputs[0]!, b.ints(starts), b.ints(ends), b.ints(axes ?? starts.map((_, i) => i))],
    },
  ];
};

/** Dropout does nothing in evaluation; in training it multiplies by a mask that is fed. */
const dropout: Upgrade = (node, { version, b, masks }) => {
  const [x, ratio] = node.inputs as [string, string?];
  const given = version < 12 ? floatAttribute(node, "ratio", 0.5) : ratio ? b.knownNumbers(ratio)?.[0] : 0.5;
  const mask = masks && dropoutMask(b, masks, node, x, given);
  return [mask ? make("Mul", [x, mask], node.outputs[0]!) : make("Identity", [x], node.outputs[0]!)];
};

/** Without axes it drops those that are 1 by what the model says, whatever size a batch turns out to have. */
const squeeze: Upgrade = (node, c) => {
  const moved = axesToInput(13)(node, c);
  if (moved || node.inputs[1]) return moved;
  const ones = c.b.shape(node.inputs[0]!).flatMap((d, i) => (d === 1 ? [i] : []));
  if (ones.length === 0) return [make("Identity", [node.inputs[0]!], node.outputs[0]!)];
  return [{ ...node, inputs: [node.inputs[0]!, c.b.ints(ones)] }];
};

/** SAME padding of a free size is computed at run time. */
const window: Upgrade = (node, { b }) => {
  const value = padBefore(b, node);
  return value === undefined ? undefined : named(node, [value]);
};

const sequence: Upgrade = (node, { b, sequences }) => {
  const value = followSequence(b, sequences, node);
  return value === undefined ? [] : named(node, [value]);
};

/**
 * In training mode, which showed in the number of outputs before 14, it also returns the running statistics
 * μ·running + (1 − μ)·batch, and in older operator sets the batch's.
 */
const batchNormalization: Upgrade = (node, { version, b }) => {
  const training = version < 14 ? node.outputs.length > 1 : intAttribute(node, "training_mode", 0) !== 0;
  if (training) {
    const [x, scale, shift, mean, variance] = node.inputs as [Value, Value, Value, Value, Value];
    const batch = normalizeByBatch(b, x, scale, shift, floatAttribute(node, "epsilon", 1e-5));
    const momentum = floatAttribute(node, "momentum", 0.9);
    const running = (old: Value, now: Value) => b.add(b.mul(old, momentum), b.mul(now, 1 - momentum));
    const moved = [running(mean, batch.mean), running(variance, batch.variance)];
    return named(node, [batch.y, ...moved, batch.mean, batch.variance]);
  }
  return [{ ...without(node, "training_mode", "spatial"), outputs: [node.outputs[0]!] }];
};

/** A cast to the type that a value has already does nothing; one to half precision stays in single. */
const cast: Upgrade = (node, { b }) => {
  const to = dataTypeOf(intAttribute(node, "to", 0));
  if (b.type(node.inputs[0]!).dtype === to) return [make("Identity", [node.inputs[0]!], node.outputs[0]!)];
  return to === "float32" ? [{ ...node, attributes: { to: protoOf(to) } }] : undefined;
};

const castLike: Upgrade = (node, { b }) => [
  { ...node, opType: "Cast", inputs: [node.inputs[0]!], attributes: { to: protoOf(b.type(node.inputs[1]!).dtype) } },
];

const topK: Upgrade = (node, { version, b }) =>
  version >= 10
    ? undefined
    : [{ ...without(node, "k"), inputs: [node.inputs[0]!, b.ints([intAttribute(node, "k", 1)])] }];

const upsample: Upgrade = (node, { b }) => {
  const scales = node.attributes["scales"];
  const input = scales instanceof Floats ? b.constant(float32(scales.values)) : node.inputs[1]!;
  return [
    {
      ...without(node, "scales"),
      opType: "Resize",
      inputs: [node.inputs[0]!, "", input],
      attributes: {
        mode: node.attributes["mode"] ?? "nearest",
        coordinate_transformation_mode: "asymmetric",
        nearest_mode: "floor",
      },
    },
  ];
};

const resize: Upgrade = (node, { version }) =>
  version >= 11
    ? undefined
    : [
        {
          ...node,
          inputs: [node.inputs[0]!, "", node.inputs[1]!],
          attributes: { ...node.attributes, coordinate_transformation_mode: "asymmetric", nearest_mode: "floor" },
        },
      ];

const recurrent: Upgrade = (node, { b }) => {
  const outputs = splitDirections(b, node);
  return outputs && named(node, outputs);
};

const loop: Upgrade = (node) => {
  throw new UnsupportedError(node, "loops are not supported; export the model without them");
};

const reductions =
  "ReduceMean ReduceMax ReduceMin ReduceProd ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceSumSquare".split(" ");

const upgrades: Readonly<Record<string, Upgrade>> = {
  ...Object.fromEntries(["AveragePool", "Conv", "LpPool", "MaxPool"].map((name) => [name, window])),
  ...Object.fromEntries(sequenceOperators.map((name) => [name, sequence])),
  ...Object.fromEntries(reductions.map((name) => [name, axesToInput(18)])),
  BatchNormalization: batchNormalization,
  Cast: cast,
  CastLike: castLike,
  Clip: clip,
  Dropout: dropout,
  GRU: recurrent,
  LSTM: recurrent,
  LogSoftmax: softmax,
  Loop: loop,
  Pad: pad,
  RNN: recurrent,
  ReduceSum: axesToInput(13),
  Resize: resize,
  Scan: loop,
  Scatter: (node) => [{ ...node, opType: "ScatterElements" }],
  Slice: slice,
  Softmax: softmax,
  Split: split,
  Squeeze: squeeze,
  TopK: topK,
  Unsqueeze: axesToInput(13),
  Upsample: upsample,
};

function make(opType: string, inputs: string[], output: string, attributes: Record<string, Attribute> = {}): Node {
  return { name: output, opType, domain: "", inputs, outputs: [output], attributes };
}

function without(node: Node, ...names: string[]): Node {
  return {
    ...node,
    attributes: Object.fromEntries(Object.entries(node.attributes).filter(([name]) => !names.includes(name))),
  };
}
