import { join } from "node:path";
import type { Answering, LabelledItems, Served, Serving } from "../data/serving.js";
import { UserError } from "../files/errors.js";
import { readJson } from "../files/json-object.js";
import { isFeaturiser, type FeaturiserName } from "./chemistry/featurisers.js";
import { readMolecule } from "./chemistry/molecule.js";
import { loadRdkit } from "./chemistry/load-rdkit.js";
import { Refusal } from "../data/tables/targets.js";
import type { Graph } from "./graph.js";
import { nameOfRow, refusedRows, targetsOf, type GraphSource } from "./graph-source.js";
import { labelledFor } from "./labelled-for.js";
import { namedGraphs, namedMolecules, type NamedGraph } from "./named.js";
import { inputsKey } from "./reading.js";
import { scanGraphs, scanMolecules } from "./scan.js";
import { openServedGraphs } from "./served.js";
import { shownGraphs, shownMolecules } from "./shown.js";

/** Molecules as SMILES, through an exported model and the featuriser that it names. */
export const moleculeServing: Serving<NamedGraph<string>> = {
  csvToFiles: true,
  named: namedMolecules,
  nameOf: ({ name }) => name,
  async labelled(model, path, { smiles, label, columns }) {
    const { objective: task, outputs } = model;
    const preferred = task === "classification" ? {} : { preferred: outputs };
    const source = await scanMolecules(path, { task, smiles, label, labels: columns, ...preferred, fewest: 1 });
    const { featuriser } = await configOf(model);
    const found = labelledItems(model, source, ({ sample }) => sample);
    const note = await otherRelease(featuriser?.versions?.rdkit);
    return { ...found, notes: [...found.notes, ...note] };
  },
  async open(model, bytes, device) {
    const { featuriser: made, inputs } = await configOf(model);
    const featuriser = made?.name;
    if (!isFeaturiser(featuriser))
      throw new UserError(
        `${join(model.folder, "config.json")} does not say what makes graphs of molecules; export the model again with taskhead tune`,
      );
    return answering(await openServedGraphs(bytes, inputs, device), await featurised(featuriser));
  },
  shown: async (items) =>
    shownMolecules(
      items.map(({ sample }) => sample),
      items.map(({ place, name }) => place ?? name),
    ),
};

/** Graphs of JSON lines, through an exported model. */
export const graphServing: Serving<NamedGraph<Graph>> = {
  csvToFiles: true,
  named: namedGraphs,
  nameOf: ({ name }) => name,
  async labelled(model, path, { label, columns }) {
    const { objective: task, outputs } = model;
    const preferred = task === "classification" ? {} : { preferred: outputs };
    const source = await scanGraphs(path, { task, label, labels: columns, ...preferred, fewest: 1 });
    return labelledItems(model, source, (row) => nameOfRow(source, row));
  },
  async open(model, bytes, device) {
    const { inputs } = await configOf(model);
    return answering(await openServedGraphs(bytes, inputs, device), ({ sample }) => sample);
  },
  shown: async (items) => shownGraphs(items.map(({ name }) => name)),
};

/** What an exported config.json says of graphs. */
interface GraphConfig {
  readonly featuriser?: { readonly name?: unknown; readonly versions?: { readonly rdkit?: string } };
  readonly inputs: Readonly<Record<string, string>>;
}

async function configOf({ folder }: Pick<Answering, "folder">): Promise<GraphConfig> {
  const config = (await readJson(join(folder, "config.json"))) as Record<string, unknown>;
  const featuriser = config["featuriser"] as GraphConfig["featuriser"];
  return { ...(featuriser ? { featuriser } : {}), inputs: (config[inputsKey] ?? {}) as GraphConfig["inputs"] };
}

/** What to say where another release of RDKit made the graphs that a model was trained on. */
async function otherRelease(trained: string | undefined): Promise<string[]> {
  const { release } = await loadRdkit();
  return trained === undefined || trained === release
    ? []
    : [`the model was trained on what RDKit ${trained} makes of molecules, and here is ${release}, which may differ`];
}

function labelledItems<Sample extends string | Graph>(
  model: Answering,
  all: GraphSource<Sample>,
  nameOf: (row: GraphSource<Sample>["rows"][number]) => string,
): LabelledItems<NamedGraph<Sample>> {
  const { source, unknown } = labelledFor(model, all);
  return {
    items: source.rows.map((row) => ({ name: nameOf(row), sample: row.sample, place: nameOfRow(source, row) })),
    targets: (indices) =>
      targetsOf(
        source,
        indices.map((i) => source.rows[i]!),
      ),
    refused: source.refused.length,
    skipped: refusedRows(source),
    notes: [source.said, ...source.notes],
    unknown,
  };
}

async function featurised(featuriser: FeaturiserName): Promise<(item: NamedGraph<string>) => Graph> {
  const rdkit = await loadRdkit();
  return ({ sample }) => readMolecule(rdkit, sample, { featuriser, scaffolds: false }).graph;
}

/** Samples that are made graphs and answered together: as many as a person wants to see done at once. */
const piece = 256;

/** @param graphOf throws a `Refusal` for what is none */
function answering<Sample extends string | Graph>(
  served: Awaited<ReturnType<typeof openServedGraphs>>,
  graphOf: (item: NamedGraph<Sample>) => Graph,
): Served<NamedGraph<Sample>> {
  return {
    async answer(items, { onAnswer, onSkip, onProgress, signal }) {
      for (let from = 0; from < items.length; from += piece) {
        signal?.throwIfAborted();
        const graphs: Graph[] = [];
        const places: number[] = [];
        items.slice(from, from + piece).forEach((item, i) => {
          try {
            graphs.push(graphOf(item));
            places.push(from + i);
          } catch (error) {
            if (!(error instanceof Refusal)) throw error;
            onSkip(from + i, `it ${error.message}${item.place === undefined ? "" : `, in ${item.place}`}`);
          }
        });
        const names = places.map((i) => items[i]!.place ?? items[i]!.name);
        await served.answer(graphs, (index, logits) => onAnswer(places[index]!, logits), names);
        onProgress?.(Math.min(items.length, from + piece));
      }
    },
    release: () => served.release(),
  };
}
