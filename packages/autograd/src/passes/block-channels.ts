import { GraphBuilder, type Value } from "../builder.js";
import { Float, floatAttribute, Floats, intAttribute, type Model, type Node } from "../graph/model.js";
import { usedOnce } from "../graph/walk.js";
import { buildOn } from "../lower/build-on.js";
import type { GraphOptions } from "../options.js";
import { blockFilter, channelBlock, nchwc, toBlocked, toPlain } from "../rules/blocked/layout.js";
import { isStatic } from "../graph/dims.js";
import { isFixed, openWindowOf, tiles } from "../rules/window.js";

/**
 * Brings convolutions, and what lies between them, to ONNX Runtime's channel-blocked layout: [N, C, H, W] stored as
 * [N, C/block, H, W, block], under the plain shape. Its convolutions are several times faster there, the data gradients
 * above all. The runtime changes the layout by itself only where weights are constants, which they are not in training.
 *
 * @param block the runtime's own block size on this processor, 8 or 16; another gives wrong results.
 */
export function blockChannels(model: Model, block: number, options: GraphOptions = {}): Model {
  const typed = buildOn(model, options);
  const metadata = new Map([...model.metadata, [channelBlock, `${block}`]]);
  const b = new GraphBuilder(typed.graph.name, { ...model, metadata }, options);
  b.reserve(typed.graph.nodes);
  for (const { name, type } of typed.graph.inputs) b.input(name, type!.dtype, type!.shape);
  for (const [name, tensor] of typed.graph.initializers) b.initializer(name, tensor);

  const forms = new Map<Value, Value>();
  const blockedForm = (v: Value) => forms.get(v) ?? forms.set(v, toBlocked(b, v)).get(v)!;
  const plainForm = (v: Value) => {
    if (v !== "" && !b.has(v)) toPlain(b, forms.get(v)!, v);
    return v;
  };
  const activations = fusableActivations(typed);
  for (const node of typed.graph.nodes) {
    if (forms.has(node.outputs[0]!)) continue;
    const activation = activations.get(node.outputs[0]!);
    if (isBlockable(typed, node, block)) {
      const filter = blockFilter(b, plainForm(node.inputs[1]!), block);
      const few = !isDepthwise(typed, node) && (typed.shape(node.inputs[1]!)[1] as number) < block;
      const x = few ? plainForm(node.inputs[0]!) : blockedForm(node.inputs[0]!);
      const attributes = { ...node.attributes, ...(activation ? activationAttributes(activation) : {}) };
      const y = b.op("Conv", [x, filter, ...node.inputs.slice(2)], attributes, { domain: nchwc });
      forms.set((activation ?? node).outputs[0]!, y);
    } else if (forms.has(node.inputs[0]!) && poolsWholeTiles(typed, node)) {
      forms.set(node.outputs[0]!, b.op("MaxPool", [forms.get(node.inputs[0]!)!], node.attributes, { domain: nchwc }));
    } else if (node.inputs.some((i) => forms.has(i)) && ignoresLayout(typed, node, forms, block)) {
      const inputs = node.inputs.map((i) => forms.get(i) ?? i);
      forms.set(node.outputs[0]!, b.op(node.opType, inputs, node.attributes));
    } else {
      node.inputs.forEach(plainForm);
      b.append(node);
    }
  }
  for (const { name } of typed.graph.outputs) b.output(name, plainForm(name));
  return b.model();
}

function isBlockable(b: GraphBuilder, node: Node, block: number): boolean {
  if (node.opType !== "Conv" || node.domain !== "") return false;
  if (!isStatic(b.shape(node.inputs[0]!).slice(1)) || !isStatic(b.shape(node.outputs[0]!).slice(1))) return false;
  const [outputs, inputs, ...kernel] = b.shape(node.inputs[1]!) as number[];
  if (kernel.length !== 2 || outputs! % block !== 0) return false;
  if (intAttribute(node, "group", 1) !== 1) return isDepthwise(b, node);
  return inputs! % block === 0 || inputs! < block;
}

/** Whether every channel has a kernel of its own. */
function isDepthwise(b: GraphBuilder, node: Node): boolean {
  const groups = intAttribute(node, "group", 1);
  const [outputs, perGroup] = b.shape(node.inputs[1]!);
  return groups > 1 && perGroup === 1 && outputs === groups;
}

/** Pools whose windows cover the image side by side: the ones with a gradient rule in this layout. */
function poolsWholeTiles(b: GraphBuilder, node: Node): boolean {
  if (node.opType !== "MaxPool" || node.outputs.length > 1) return false;
  const w = openWindowOf(b, node, node.inputs[0]!, node.outputs[0]!, []);
  return isFixed(w) && tiles(w) && w.kernel.every((k, i) => w.strides[i] === k && w.output[i]! * k === w.input[i]);
}

const elementwise = new Set(
  "Abs Add Clip Div Elu Exp Gelu HardSigmoid HardSwish LeakyRelu Max Min Mish Mul Neg Relu Selu Sigmoid Softplus Sub Sum Tanh".split(
    " ",
  ),
);

/** Operators to which the order of elements makes no difference, and Concat of whole blocks. */
function ignoresLayout(b: GraphBuilder, node: Node, forms: ReadonlyMap<Value, Value>, block: number): boolean {
  const shape = b.shape(node.outputs[0]!).join();
  if (node.opType === "Concat")
    return intAttribute(node, "axis", 0) === 1 && node.inputs.every((i) => forms.has(i)) && block > 0;
  const fits = (i: Value) => i === "" || (forms.has(i) && b.shape(i).join() === shape) || b.shape(i).length === 0;
  return elementwise.has(node.opType) && node.domain === "" && node.inputs.every(fits);
}

/** Convolution's output → the activation that alone uses it and whose slope shows in its own output. */
function fusableActivations(b: GraphBuilder): Map<Value, Node> {
  const once = usedOnce(b.graph);
  const fusable = b.graph.nodes.filter(
    (n) => n.opType === "Relu" || (n.opType === "LeakyRelu" && floatAttribute(n, "alpha", 0.01) > 0),
  );
  return new Map(fusable.filter((n) => once.has(n.inputs[0]!)).map((n) => [n.inputs[0]!, n]));
}

function activationAttributes(activation: Node) {
  const alpha = floatAttribute(activation, "alpha", 0.01);
  return activation.opType === "Relu"
    ? { activation: "Relu" }
    : { activation: "LeakyRelu", activation_params: new Floats([new Float(alpha).value]) };
}
