import { loadModel } from "@taskhead/autograd";
import { numberTargets, type Graphs, type Modality } from "@taskhead/core";
import { answerOf, graphInputs, graphTensors, pickGraphs, typedInputs } from "@taskhead/core/internals";
import { isRead, joinedGraphs, readingOfMolecules, type Molecule } from "taskhead/inputs";
import type { LabelledText } from "../data/texts.js";
import { ownGroups } from "../data/groups.js";
import { ownSets } from "../data/sets.js";
import { chemistry } from "./chemistry.js";
import { graphsIn, piecesOf, shapeOf, type GraphShape } from "./graph-pieces.js";
import { packed, unpacked } from "./parts.js";
import { targetsOf } from "./project.js";
import type { KindOfSamples, OpenedSamples, ReadSamples } from "./samples.js";
import { setsOf } from "./sets-of.js";
import { withoutLost } from "./without-lost.js";

/** What is kept beside the numbers of graphs. */
interface Beside {
  readonly smiles: readonly string[];
  readonly canonical: readonly string[];
  readonly scaffolds: readonly string[];
  /** Of RDKit. */
  readonly release: string;
  readonly shape: GraphShape;
}

/** Molecules: made graphs by RDKit once, and kept as their numbers. */
export const moleculeSamples: KindOfSamples = {
  async read({ model, texts }, _, onEvent): Promise<ReadSamples> {
    if (!texts) throw new Error("there are no molecules");
    const release = await chemistry.call("release", null as never);
    const { featuriser } = readingOfMolecules(loadModel(model), {}, release);
    const smiles = texts.texts.map(({ text }) => text);
    const read = await chemistry.call("read", { smiles, making: { featuriser, scaffolds: true } }, onEvent);
    const known = texts.texts.flatMap((one, i) => {
      const molecule = read[i]!;
      return isRead(molecule) ? [{ ...one, molecule }] : [];
    });
    const unreadable = texts.texts.flatMap(({ name, text }, i) => {
      const molecule = read[i]!;
      return isRead(molecule) ? [] : [`${name} ('${text}' ${molecule.reason})`];
    });
    if (known.length < 2)
      throw new Error(
        `${known.length} of ${read.length} molecules can be read${unreadable.length > 0 ? `, not ${unreadable[0]}` : ""}; give two at least`,
      );
    const { outputs, targets } = withoutLost(texts, known);
    return {
      bytes: kept(known, release),
      task: texts.task,
      outputs,
      names: known.map(({ name }) => name),
      targets,
      ...ownSets(texts.sets, known),
      ...ownGroups(texts, known),
      unreadable,
    };
  },

  async open(project, { samples, model }, engine): Promise<OpenedSamples<Graphs>> {
    const [head, ...numbers] = unpacked(samples);
    const beside = JSON.parse(new TextDecoder().decode(head)) as Beside;
    const { smiles, canonical, scaffolds, release } = beside;
    const reading = readingOfMolecules(loadModel(model), {}, release);
    const { featuriser } = reading;
    const targets = targetsOf(project);
    const source = graphsIn(numbers, beside.shape, { targets, names: project.names });
    const own = project.sets?.of;
    const apart = project.groups !== undefined || (own?.includes("validation") ?? false);
    const divides = !apart && setsOf({ targets, keys: canonical, groups: scaffolds }, own).validation.length > 0;
    return {
      modality: reading.modality as Modality<Graphs>,
      targets,
      pick: (chosen) => pickGraphs(source, chosen),
      keys: canonical,
      ...(divides ? { groups: scaffolds } : {}),
      threads: 1,
      said: [
        ...reading.told,
        ...(apart
          ? []
          : [
              divides
                ? `They are split by scaffold: of ${new Set(scaffolds.filter((_, i) => (own?.[i] ?? "train") === "train")).size}, none is on both sides.`
                : "They are split at random, as their scaffolds leave nothing to choose by.",
            ]),
      ],
      async ask(logitsOf, asked, exported) {
        const own = [(asked as string).trim()];
        const [molecule] = await chemistry.call("read", { smiles: own, making: { featuriser, scaffolds: false } });
        if (!isRead(molecule!)) throw new Error(`'${own[0]}' ${molecule!.reason}; write it as SMILES, such as CCO`);
        const [picture] = await chemistry.call("draw", own);
        const one = joinedGraphs([molecule.graph], numberTargets([[0]]));
        const taken = graphInputs(typedInputs(loadModel(exported).graph));
        const { data } = await logitsOf(graphTensors(engine, one, [0], taken));
        const answer = answerOf({ objective: project.task, outputs: project.outputs }, data);
        return { of: "sample", answer, picture: picture ?? null };
      },
      async shown(places) {
        const own = places.map((i) => smiles[i]!);
        const pictures = await chemistry.call("draw", own);
        return places.map((i, n) => ({ name: `${own[n]} (${project.names[i]})`, thumbnail: pictures[n] ?? null }));
      },
    };
  },
};

function kept(known: readonly (LabelledText & { readonly molecule: Molecule })[], release: string): Uint8Array {
  const graphs = joinedGraphs(
    known.map(({ molecule }) => molecule.graph),
    numberTargets(known.map(() => [0])),
  );
  const beside: Beside = {
    smiles: known.map(({ text }) => text),
    canonical: known.map(({ molecule }) => molecule.canonical),
    scaffolds: known.map(({ molecule }) => molecule.scaffold ?? ""),
    release,
    shape: shapeOf(graphs),
  };
  return packed([new TextEncoder().encode(JSON.stringify(beside)), ...piecesOf(graphs)]);
}
