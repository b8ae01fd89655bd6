import { renameNode, type Attribute, type Graph, type Model, type Node, type ValueInfo } from "../graph/model.js";
import type { TensorType } from "../graph/tensor.js";
import type { TrainingStep } from "./training-step.js";

/**
 * Many steps of training as one ONNX model, a Scan over batches: a small network takes longer to call than to compute.
 *
 * Inputs: the data inputs named in `data` (of the step's own and `target`), each with a whole set of samples on its first
 * axis; `rows` (int32 [steps, batch]), the samples of every batch; parameters and state as for the step; the optimizer's
 * scalars, one per step ([steps]). Outputs: `loss` [steps], and `next.<name>` after the last step.
 */
export function trainingLoop(step: TrainingStep, data: readonly string[]): Model {
  const { graph } = step.model;
  const inside = (name: string) => `step/${name}`;
  const typeOf = new Map(graph.inputs.map(({ name, type }) => [name, type!]));
  const carried = [...step.parameters, ...step.state].map(({ name }) => name);
  const scalars = graph.inputs.map((i) => i.name).filter((name) => !data.includes(name) && !carried.includes(name));

  const gathers = data.map((name): Node => {
    const axis: Record<string, Attribute> = { axis: 0 };
    return node("Gather", [name, inside("rows")], [inside(name)], axis);
  });
  const body: Graph = {
    name: "step",
    inputs: [
      ...carried.map((name) => info(inside(name), typeOf.get(name)!)),
      info(inside("rows"), { dtype: "int32", shape: ["batch"] }),
      ...scalars.map((name) => info(inside(name), typeOf.get(name)!)),
    ],
    outputs: [...carried.map((name) => `next.${name}`), "loss"].map((name) => ({ name: inside(name) })),
    nodes: [...gathers, ...graph.nodes.map((n) => renameNode({ ...n, name: inside(n.name) }, inside))],
    initializers: new Map(),
  };
  const scan = node("Scan", [...carried, "rows", ...scalars], [...carried.map((name) => `next.${name}`), "loss"], {
    body,
    num_scan_inputs: 1 + scalars.length,
  });
  return {
    ...step.model,
    graph: {
      name: "training-loop",
      inputs: [
        ...data.map((name) => info(name, wholeSet(typeOf.get(name)!))),
        info("rows", { dtype: "int32", shape: ["steps", "batch"] }),
        ...carried.map((name) => info(name, typeOf.get(name)!)),
        ...scalars.map((name) => info(name, { dtype: "float32", shape: ["steps"] })),
      ],
      outputs: [
        ...carried.map((name) => info(`next.${name}`, typeOf.get(name)!)),
        info("loss", { dtype: "float32", shape: ["steps"] }),
      ],
      nodes: [scan],
      initializers: new Map([...graph.initializers].map(([name, tensor]) => [inside(name), tensor])),
    },
  };
}

function wholeSet({ dtype, shape }: TensorType): TensorType {
  return { dtype, shape: ["samples", ...shape.slice(1)] };
}

function info(name: string, type: TensorType): ValueInfo {
  return { name, type };
}

function node(opType: string, inputs: string[], outputs: string[], attributes: Record<string, Attribute>): Node {
  return { name: outputs[0]!, opType, domain: "", inputs, outputs, attributes };
}
