import { beginTask } from "@taskhead/core/internals";
import type { Kind, KindCard, Reading } from "../data/kind.js";
import { named } from "../data/listed.js";
import { requireSplittableTargets } from "../data/splits/require-validation.js";
import { loadRdkit, rdkitVersion } from "./chemistry/load-rdkit.js";
import { isRead } from "./chemistry/read-each.js";
import { contentOfGraph, type Graph } from "./graph.js";
import { groupsOf, splittable, targetsOf, type GraphSource } from "./graph-source.js";
import { loadSets, type ReadRows } from "./load-sets.js";
import { readingOfGraphs, readingOfMolecules, type MoleculeReading } from "./reading.js";
import { readMolecules } from "./read-molecules.js";
import { scanGraphs, scanMolecules, taskOfGraphFile, taskOfMoleculeFile } from "./scan.js";
import { graphServing, moleculeServing } from "./serving.js";
import { found, type FileGraphs, type FoundGraphs } from "./sets.js";
import { shownGraphs, shownMolecules } from "./shown.js";

const card: Omit<KindCard, "feeds"> = {
  pipeline: "graph-ml",
  dataset: "graph",
  example: "",
  inside: "pooling happens inside",
  sigmoid: false,
  transformers: false,
};

/** Molecules in tables, as SMILES. */
export const moleculeKind: Kind<FileGraphs, FoundGraphs<string>, MoleculeReading> = {
  name: "molecules",
  sample: "molecule",
  place: "molecules",
  versions: () => ({ "the version of @rdkit/rdkit": rdkitVersion() }),
  tellsFeatures: true,
  guess: (path, { smiles, label, columns, group }) =>
    taskOfMoleculeFile(path, { smiles, label, labels: columns, group }),
  reading: async (options, { model }) => readingOfMolecules(model, options, (await loadRdkit()).release),
  async scan(path, { task, smiles, label, columns, group }, { like }) {
    return found(await scanMolecules(path, { task, smiles, label, labels: columns, group, like: like?.source }));
  },
  requireSplittable: ({ source }, fraction) => requireSplittableRows(source, fraction),
  load: (_, sets, { featuriser }, options, { onProgress, signal }) => {
    const read: ReadRows = async ({ rows }, label, scaffolds) => {
      const task = beginTask(onProgress, label, rows.length, "molecules");
      try {
        const molecules = await readMolecules(
          rows.map(({ sample }) => sample as string),
          { featuriser, scaffolds, cache: options.cache, onProgress: (done) => task.update(done), signal },
        );
        return molecules.map((one, i) =>
          isRead(one)
            ? {
                row: rows[i]!,
                graph: one.graph,
                key: one.canonical,
                ...("scaffold" in one ? { scaffold: one.scaffold } : {}),
              }
            : { row: rows[i]!, reason: `${named(rows[i]!.sample as string)} ${one.reason}` },
        );
      } finally {
        task.end();
      }
    };
    return loadSets(sets, read, options, { onProgress, signal });
  },
  shown: ({ smiles = [], names }, indices) =>
    shownMolecules(
      indices.map((i) => smiles[i]!),
      indices.map((i) => names[i]!),
    ),
  card: {
    ...card,
    made: ({ featuriser, rdkit }) =>
      `molecules become graphs by RDKit ${rdkit}, with the features that taskhead calls \`${featuriser}\`; other features mean something else to the model`,
    feeds:
      "the atoms and bonds of some molecules as one graph, by the inputs and features that config.json names, give",
  },
  serving: moleculeServing,
};

/** Graphs in files of JSON lines. */
export const graphKind: Kind<FileGraphs, FoundGraphs<Graph>, Reading<FileGraphs>> = {
  name: "graphs",
  sample: "graph",
  place: "graphs",
  versions: () => ({}),
  tellsFeatures: true,
  guess: (path, { label, columns, group }) => taskOfGraphFile(path, { label, labels: columns, group }),
  reading: async ({ inputs }, model) => readingOfGraphs(model, inputs),
  async scan(path, { task, label, columns, group }, { like }) {
    return found(await scanGraphs(path, { task, label, labels: columns, group, like: like?.source }));
  },
  requireSplittable: ({ source }, fraction) => requireSplittableRows(source, fraction),
  load: (_, sets, _reading, options, listener) => {
    const read: ReadRows = async ({ rows }) =>
      rows.map((row) => ({ row, graph: row.sample as Graph, key: contentOfGraph(row.sample as Graph) }));
    return loadSets(sets, read, options, listener);
  },
  shown: async ({ names }, indices) => shownGraphs(indices.map((i) => names[i]!)),
  card: { ...card, feeds: "some graphs as one, their disjoint union, by the inputs that config.json names, give" },
  serving: graphServing,
};

function requireSplittableRows(source: GraphSource, fraction: number): void {
  requireSplittableTargets(splittable(source), targetsOf(source, source.rows), fraction, groupsOf(source, source.rows));
}
