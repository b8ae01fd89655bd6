import {
  renameNode,
  inputsOf,
  type Attribute,
  type Graph,
  type Model,
  type Node,
  type ValueInfo,
} from "../graph/model.js";
import { int64, type TensorType } from "../graph/tensor.js";
import { nodesFor } from "../graph/walk.js";
import { beforehand } from "./beforehand.js";
import type { TrainingStep } from "./training-step.js";

/**
 * Many steps of training as one ONNX model, a Scan over batches: a small network takes longer to call than to compute.
 * Targets, and whatever else no parameter has a part in, are computed for all steps before the first; losses are not.
 *
 * Inputs: the data inputs named in `data` (of the step's own and `target`), each with a whole set of samples on its first
 * axis; `rows` (int32 [steps, batch]), the samples of every batch; parameters and state as for the step; the optimizer's
 * scalars, one per step ([steps]). Outputs: `next.<name>` after the last step.
 */
export function trainingLoop(step: TrainingStep, data: readonly string[]): Model {
  const { graph } = step.model;
  const typeOf = new Map(graph.inputs.map(({ name, type }) => [name, type!]));
  const carried = [...step.parameters, ...step.state].map(({ name }) => name);
  const results = carried.map((name) => `next.${name}`);
  const scalars = graph.inputs.map((i) => i.name).filter((name) => !data.includes(name) && !carried.includes(name));
  const { shared, perSample, stacked, later, initializers } = beforehand(
    { ...graph, nodes: nodesFor(graph.nodes, results) },
    data,
    scalars,
  );

  const constants = new Map([...graph.initializers, ...initializers]);

  // A value of all steps stacked, and the same inside one step. What all steps share, they see from there.
  const all = (name: string) => (scalars.includes(name) ? name : `steps/${name}`);
  const inside = (name: string) => `step/${name}`;
  const own = new Set([...data, ...scalars, ...stacked.flatMap((n) => n.outputs)]);
  const before = (name: string) => (own.has(name) ? all(name) : inside(name));
  const usedBy = (nodes: readonly Node[]) => new Set(nodes.flatMap(inputsOf));
  const dataUsedBy = (nodes: readonly Node[]) => data.filter((name) => usedBy(nodes).has(name));
  const scanned = [...own].filter((name) => !data.includes(name) && usedBy(later).has(name));

  const counts = new Map(
    [...perSample].map(([name, elements]) => {
      if (elements === 1) return [name, batchSize(inside(name))];
      const each = `${name}/each`;
      constants.set(each, int64([elements], []));
      return [name, batchSize(inside(name), inside(each))];
    }),
  );

  const body: Graph = {
    name: "step",
    inputs: [
      ...carried.map((name) => info(inside(name), typeOf.get(name)!)),
      info(inside("rows"), { dtype: "int32", shape: ["batch"] }),
      ...scanned.map((name) => ({ name: inside(name) })),
    ],
    outputs: results.map((name) => ({ name: inside(name) })),
    nodes: [
      ...dataUsedBy(later).map((name) => gather(name, inside("rows"), inside(name))),
      ...later.map((n) => renameNode({ ...n, name: inside(n.name) }, inside)),
    ],
    initializers: new Map(),
  };
  const scan = node("Scan", [...carried, "rows", ...scanned.map(all)], results, {
    body,
    num_scan_inputs: 1 + scanned.length,
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
      outputs: carried.map((name) => info(`next.${name}`, typeOf.get(name)!)),
      nodes: [
        ...dataUsedBy(stacked).map((name) => gather(name, "rows", all(name))),
        ...shared.flatMap((n) => counts.get(n.outputs[0]!) ?? [renameNode(n, inside)]),
        ...stacked.map((n) => renameNode(n, before)),
        scan,
      ],
      initializers: new Map([...constants].map(([name, tensor]) => [inside(name), tensor])),
    },
  };
}

/** The samples in a batch, times the number `each`: int64 []. */
function batchSize(name: string, each?: string): Node[] {
  const count = each ? `${name}/samples` : name;
  return [
    node("Shape", ["rows"], [`${name}/shape`], { start: 1, end: 2 }),
    node("Squeeze", [`${name}/shape`], [count], {}),
    ...(each ? [node("Mul", [count, each], [name], {})] : []),
  ];
}

function gather(from: string, rows: string, to: string): Node {
  return node("Gather", [from, rows], [to], { axis: 0 });
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
