import type { Node, Tensor } from "@taskhead/autograd";
import { numbersIn, type Backbone } from "./backbone.js";

/**
 * The backbone with a vector of its own for each node, where nodes share one whose numbers are all alike: exporters store
 * biases that are still 0, or scales that are still 1, once. What shares weights by intent shares matrices, and still does.
 * A part of a network can then start afresh without the rest.
 */
export function withOwnVectors(backbone: Backbone): Backbone {
  const { model } = backbone;
  const { graph } = model;
  const initializers = new Map(graph.initializers);
  const parameters = [...backbone.parameters];
  const met = new Set<string>();
  const own = (name: string): string => {
    const vector = backbone.parameters.includes(name) ? initializers.get(name)! : undefined;
    if (!vector || !isAlike(vector)) return name;
    if (!met.has(name)) {
      met.add(name);
      return name;
    }
    let count = 2;
    while (initializers.has(`${name}.${count}`)) count++;
    const copy = `${name}.${count}`;
    initializers.set(copy, { ...vector, data: vector.data.slice() } as Tensor);
    parameters.push(copy);
    return copy;
  };
  // A subgraph sees values by their names: what one reads stays as it is.
  const nodes = graph.nodes.map((node): Node => {
    const inputs = node.inputs.map(own);
    return inputs.every((name, i) => name === node.inputs[i]) ? node : { ...node, inputs };
  });
  if (parameters.length === backbone.parameters.length) return backbone;
  const whole = { ...model, graph: { ...graph, nodes, initializers } };
  return { ...backbone, model: whole, parameters, parameterCount: numbersIn(whole, parameters) };
}

function isAlike({ shape, data }: Tensor): boolean {
  return shape.length === 1 && data.length > 1 && (data as Float32Array).every((value) => value === data[0]);
}
