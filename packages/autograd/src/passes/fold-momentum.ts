import { Float, stringAttribute, type Graph, type Model, type Node } from "../graph/model.js";
import { numbersOf } from "../graph/tensor.js";
import { producers, usedOnce } from "../graph/walk.js";

/** The node that makes a value read in one place alone. */
type Maker = (value: string) => Node | undefined;

/**
 * β·m + g without a pass over memory of its own: where the gradient g is a product, one Gemm gives β·m + A·B; where it is
 * rows scattered onto zeros, as an embedding's is, they are scattered onto β·m.
 */
export function foldMomentum(model: Model): Model {
  const { graph } = model;
  const makers = producers(graph.nodes);
  const once = usedOnce(graph);
  const maker: Maker = (value) => (once.has(value) ? makers.get(value) : undefined);
  const folded = new Set<Node>();
  const nodes = graph.nodes.map((add) => {
    if (add.opType !== "Add") return add;
    const terms = add.inputs.map(maker);
    const decay = terms.find((term) => term?.opType === "Mul");
    const gradient = terms.find((term) => term?.opType === "Gemm" || term?.opType === "ScatterND");
    if (!decay || !gradient) return add;
    const sum = gradient.opType === "Gemm" ? asGemm(graph, decay, gradient) : asScatter(graph, maker, decay, gradient);
    if (!sum) return add;
    folded.add(gradient);
    if (sum.opType === "Gemm") folded.add(decay);
    else folded.add(maker(gradient.inputs[0]!)!);
    return { ...sum, name: add.name, outputs: add.outputs };
  });
  return { ...model, graph: { ...graph, nodes: nodes.filter((node) => !folded.has(node)) } };
}

/** β·m + A·B. A Gemm would take any shape of m that broadcasts: it must be a matrix among the graph's inputs. */
function asGemm(graph: Graph, decay: Node, product: Node): Node | undefined {
  const [average, factor] = decay.inputs as [string, string];
  const beta = graph.initializers.get(factor);
  if (product.inputs.length !== 2 || shapeOf(graph, average)?.length !== 2 || beta?.data.length !== 1) return undefined;
  const attributes = { ...product.attributes, beta: new Float(Number(beta.data[0])) };
  return { ...product, inputs: [...product.inputs, average], attributes };
}

/** Rows added to β·m, in place of zeros in m's shape. */
function asScatter(graph: Graph, maker: Maker, decay: Node, scattered: Node): Node | undefined {
  const [zeros, ...rows] = scattered.inputs as [string, ...string[]];
  const constant = maker(zeros);
  const sizes = graph.initializers.get(constant?.inputs[0] ?? "");
  if (constant?.opType !== "ConstantOfShape" || constant.attributes["value"] || !sizes) return undefined;
  const same = shapeOf(graph, decay.inputs[0]!)?.join() === numbersOf(sizes).join();
  const adds = stringAttribute(scattered, "reduction", "none") === "add";
  const scalar = graph.initializers.get(decay.inputs[1]!)?.data.length === 1;
  return same && adds && scalar ? { ...scattered, inputs: [decay.outputs[0]!, ...rows] } : undefined;
}

/** Of an input of the graph, if it is fixed. */
function shapeOf(graph: Graph, name: string): readonly number[] | undefined {
  const shape = graph.inputs.find((input) => input.name === name)?.type?.shape;
  return shape?.every((d) => typeof d === "number") ? (shape as number[]) : undefined;
}
