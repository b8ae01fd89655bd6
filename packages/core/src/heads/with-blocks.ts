import { dependents, nodesFor, renameGraph, type Graph, type GraphBuilder } from "@taskhead/autograd";
import { onlyInput } from "../backbone/backbone.js";
import { fansIn, reinitialise } from "../backbone/reinitialise.js";
import { mergeWeights, type Blocks } from "../backbone/split.js";
import type { Head } from "./head.js";

/**
 * A logits' head on reinitialised blocks of a backbone (`splitBackbone`), as one head: they are probed with it, so that
 * features z are the activation at the cut, [batch, …], the same z_0 for every tau. Its `width` counts the numbers of one
 * sample there. ‖W‖ is still that of the logits' head alone.
 */
export function withBlocks(blocks: Blocks, logitsHead: Head): Head {
  const { name: cut, shape } = onlyInput(blocks);
  const sample = shape.slice(1).map(Number);
  return {
    parameters: [...blocks.parameters, ...logitsHead.parameters],
    weights: logitsHead.weights,
    readsFeatures: [],
    fanIn: new Map([...fansIn(blocks), ...logitsHead.fanIn]),
    masks: logitsHead.masks,
    ...(logitsHead.places ? { places: logitsHead.places } : {}),
    convex: false,
    initial: (rng, _, outputs, meanSquare) =>
      new Map([...reinitialise(blocks, rng).initial, ...logitsHead.initial(rng, blocks.width, outputs, meanSquare)]),
    attach(builder, features, _, outputs, weights, dropout) {
      const z = unflattened(builder, features, sample);
      const read = appended(builder, { ...blocks, ...mergeWeights(blocks, weights) }, cut, z);
      return logitsHead.attach(builder, read, blocks.width, outputs, weights, dropout);
    },
  };
}

/** [batch, numbers] as [batch, …sample], as the blocks read it; what is so already stays. */
export function unflattened(builder: GraphBuilder, features: string, sample: readonly number[]): string {
  if (builder.shape(features).length === sample.length + 1) return features;
  return builder.op("Reshape", [features, builder.ints([-1, ...sample])]);
}

/**
 * Appends the nodes of the blocks, reading `z` in place of the value at the cut; returns the value of their features.
 * Constants that the part below the cut reads too are shared; what else has a name of the graph's, which both parts may
 * have made up, gets another one. On top of the backbone itself the blocks read its own values, not what stands for them.
 */
function appended(builder: GraphBuilder, blocks: Blocks, cut: string, z: string): string {
  const { graph } = blocks.model;
  const own = new Set(blocks.parameters);
  const stand = [...(blocks.standIns ?? [])];
  const direct = new Set(
    stand.length > 0 && stand.every((name) => builder.has(name)) ? alreadyIn(builder, graph, stand) : [],
  );
  const renamed = new Map([[cut, z], ...[...direct].map((name) => [name, builder.resolve(name)] as const)]);
  const above = graph.nodes.filter((node) => !node.outputs.some((output) => direct.has(output)));
  const nodes = direct.size > 0 ? nodesFor(above, [blocks.featureName]) : graph.nodes;
  const shared = (name: string): boolean =>
    graph.initializers.has(name) && graph.initializers.get(name) === builder.graph.initializers.get(name);
  for (const name of [...graph.initializers.keys(), ...nodes.flatMap((node) => node.outputs)])
    if (name !== "" && builder.has(name) && !own.has(name) && !shared(name)) renamed.set(name, builder.fresh(name));
  const { nodes: now, initializers } = renameGraph(
    { ...graph, nodes: [...nodes] },
    (name) => renamed.get(name) ?? name,
  );
  for (const [name, tensor] of initializers)
    if (builder.graph.initializers.get(name) !== tensor) builder.initializer(name, tensor);
  builder.keepVariable(blocks.parameters);
  for (const node of now) builder.append(node);
  return builder.resolve(renamed.get(blocks.featureName) ?? blocks.featureName);
}

/** Those of the blocks' values that the backbone has too: the stand-ins, and what is made of them but for the value at the cut. */
function alreadyIn(builder: GraphBuilder, { nodes }: Graph, [cut, ...beside]: readonly string[]): string[] {
  const later = dependents(
    nodes.filter((node) => !beside.some((name) => node.outputs.includes(name))),
    [cut!],
  );
  const names = nodes.flatMap((node) => node.outputs);
  return [cut!, ...beside, ...names.filter((name) => name !== "" && !later.has(name) && builder.has(name))];
}
