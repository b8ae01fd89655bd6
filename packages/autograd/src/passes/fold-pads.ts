import { intsAttribute, stringAttribute, type Graph, type Model, type Node } from "../graph/model.js";
import { producers, usedOnce } from "../graph/walk.js";
import { zeroPads } from "./zero-pads.js";

/**
 * Zeros around an image that a convolution alone reads become the convolution's own padding, as exporters write them apart
 * where there are more at one end: no copy of the image is made, and none of its gradient.
 */
export function foldPads(model: Model): Model {
  const { graph } = model;
  const makers = producers(graph.nodes);
  const once = usedOnce(graph);
  const folded = new Set<Node>();
  const nodes = graph.nodes.map((conv) => {
    const pad = isPlain(conv) && once.has(conv.inputs[0]!) ? makers.get(conv.inputs[0]!) : undefined;
    const around = pad && zerosAround(graph, pad);
    if (!around) return conv;
    folded.add(pad);
    const pads = (intsAttribute(conv, "pads") ?? around.map(() => 0)).map((own, i) => own + around[i]!);
    return { ...conv, inputs: [pad.inputs[0]!, ...conv.inputs.slice(1)], attributes: { ...conv.attributes, pads } };
  });
  return { ...model, graph: { ...graph, nodes: nodes.filter((node) => !folded.has(node)) } };
}

/** A convolution whose padding is written down. */
function isPlain(node: Node): boolean {
  return node.opType === "Conv" && node.domain === "" && stringAttribute(node, "auto_pad", "NOTSET") === "NOTSET";
}

/** How many a Pad puts around an image, at the begin of each spatial axis and at the end of each; undefined where it does more. */
function zerosAround(graph: Graph, pad: Node): number[] | undefined {
  const zeros = zeroPads(graph, pad);
  if (!zeros) return undefined;
  const ends = [zeros.before, zeros.behind];
  return ends.every(([batch, channels]) => batch === 0 && channels === 0)
    ? ends.flatMap((end) => end.slice(2))
    : undefined;
}
