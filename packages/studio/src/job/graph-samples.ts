import { loadModel } from "@taskhead/autograd";
import { numberTargets, type Graphs, type Modality } from "@taskhead/core";
import {
  answerOf,
  graphInputs,
  graphSamples as openGraphs,
  pickGraphs,
  sha256,
  typedInputs,
} from "@taskhead/core/internals";
import { contentOfGraph, graphOf, joinedGraphs, readingOfGraphs, Refusal, type Graph } from "taskhead/inputs";
import { ownGroups } from "../data/groups.js";
import { ownSets } from "../data/sets.js";
import { graphsIn, piecesOf, shapeOf, type GraphShape } from "./graph-pieces.js";
import { packed, unpacked } from "./parts.js";
import { targetsOf } from "./project.js";
import type { KindOfSamples, OpenedSamples, ReadSamples } from "./samples.js";

/** What is kept beside the numbers of graphs. */
interface Beside {
  readonly shape: GraphShape;
  /** Equal of graphs that are the same. */
  readonly keys: readonly string[];
}

/** Graphs as they were given: kept as their numbers. */
export const graphSamples: KindOfSamples = {
  async read({ texts }): Promise<ReadSamples> {
    const given = texts?.texts.flatMap((one) => (one.graph ? [{ ...one, graph: one.graph }] : [])) ?? [];
    if (!texts || given.length === 0) throw new Error("there are no graphs");
    const all = given.map(({ graph }) => graph);
    const graphs = joinedGraphs(all, numberTargets(all.map(() => [0])));
    const beside: Beside = {
      shape: shapeOf(graphs),
      keys: await Promise.all(all.map((graph) => sha256(contentOfGraph(graph)))),
    };
    return {
      bytes: packed([new TextEncoder().encode(JSON.stringify(beside)), ...piecesOf(graphs)]),
      task: texts.task,
      outputs: texts.outputs,
      names: given.map(({ name }) => name),
      targets: given.map(({ target }) => target),
      ...ownSets(texts.sets, given),
      ...ownGroups(texts, given),
      unreadable: [],
    };
  },

  async open(project, { samples, model }, engine): Promise<OpenedSamples<Graphs>> {
    const [head, ...numbers] = unpacked(samples);
    const { shape, keys } = JSON.parse(new TextDecoder().decode(head)) as Beside;
    const { modality, told } = readingOfGraphs({ model: loadModel(model) }, undefined);
    const targets = targetsOf(project);
    const source = graphsIn(numbers, shape, { targets, names: project.names });
    return {
      modality: modality as Modality<Graphs>,
      targets,
      pick: (chosen) => pickGraphs(source, chosen),
      keys,
      threads: 1,
      said: told,
      async ask(logitsOf, asked, exported) {
        const one = joinedGraphs([graphIn(asked as string)], numberTargets([[0]]));
        const taken = graphInputs(typedInputs(loadModel(exported).graph));
        const { data } = await logitsOf(await openGraphs(engine, one, taken).feeds([0]));
        return { of: "sample", answer: answerOf({ objective: project.task, outputs: project.outputs }, data) };
      },
      shown: async (places) => places.map((i) => ({ name: project.names[i]!, thumbnail: null })),
    };
  },
};

/** @throws {Error} in words for people, if it is none */
function graphIn(text: string): Graph {
  try {
    return graphOf(JSON.parse(text));
  } catch (error) {
    const why = error instanceof Refusal ? error.message : "it is not JSON";
    throw new Error(`this is no graph (${why}); write it as { "x", "edge_index", "edge_attr" }`, { cause: error });
  }
}
