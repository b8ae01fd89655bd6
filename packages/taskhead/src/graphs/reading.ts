import { graphs, type GraphOptions } from "@taskhead/core";
import {
  featuriserOf,
  graphInputs,
  graphRoles,
  toldGraphs,
  type GraphInputs,
  type GraphRole,
  type NamedInputs,
  type TypedInput,
} from "@taskhead/core/internals";
import type { Model } from "@taskhead/autograd";
import type { OpenedFile, Reading } from "../data/kind.js";
import { named } from "../data/listed.js";
import { UserError } from "../files/errors.js";
import { featurisers, isFeaturiser, type FeaturiserName } from "./chemistry/featurisers.js";
import { loadRdkit } from "./chemistry/rdkit.js";
import type { FileGraphs } from "./sets.js";

/** How molecules become graphs. */
export interface MoleculeReading extends Reading<FileGraphs> {
  readonly featuriser: FeaturiserName;
}

/** Graphs as they are: nothing is made of them. @throws {UserError} if --inputs says what cannot be */
export function readingOfGraphs({ model }: OpenedFile, inputs: readonly string[] | undefined): Reading<FileGraphs> {
  const own = namedInputs(inputs);
  const taken = takenBy(model, own);
  return {
    modality: modalityOf(taken, own),
    told: toldGraphs(model, own),
    identity: { "the model's inputs": JSON.stringify(own ?? {}) },
    options: {},
    json: {},
  };
}

/**
 * Molecules, by the features that the model takes: it says so itself, or has as many inputs for an atom and a bond as they are.
 * @throws {UserError} if there are no such features, or RDKit is missing
 */
export async function readingOfMolecules(
  { model }: OpenedFile,
  inputs: readonly string[] | undefined,
): Promise<MoleculeReading> {
  const own = namedInputs(inputs);
  const taken = takenBy(model, own);
  const featuriser = featuriserFor(model, taken);
  const { release } = await loadRdkit();
  const made = { name: featuriser, versions: { rdkit: release } };
  return {
    featuriser,
    modality: { ...modalityOf(taken, own, made), name: "molecules", sample: "molecule" },
    told: [
      ...toldGraphs(model, own),
      `Molecules become graphs by RDKit ${release}: ${featurisers[featuriser].says} (${featuriser}).`,
    ],
    identity: {
      "the model's inputs": JSON.stringify(own ?? {}),
      "what makes graphs of molecules": featuriser,
      "the release of RDKit": release,
    },
    options: { featuriser, rdkit: release },
    json: { featuriser: made },
  };
}

/** A modality whose exported folder says which input is which. */
function modalityOf(
  taken: GraphInputs,
  inputs: NamedInputs | undefined,
  featuriser?: GraphOptions["featuriser"],
): Reading<FileGraphs>["modality"] {
  const modality = graphs({ ...(inputs ? { inputs } : {}), ...(featuriser ? { featuriser } : {}) });
  return {
    ...modality,
    servedFiles: (task) => {
      const files = modality.servedFiles(task);
      return { ...files, [configFile]: { ...(files[configFile] as object), [inputsKey]: namesOf(taken) } };
    },
  } as Reading<FileGraphs>["modality"];
}

const configFile = "config.json";

/** Under which the exported config.json has the name of each of the model's inputs, by what it is for. */
export const inputsKey = "graph_inputs";

function namesOf(taken: GraphInputs): NamedInputs {
  const entries = graphRoles.flatMap((role) => (taken[role] ? [[role, taken[role].name] as const] : []));
  return Object.fromEntries(entries);
}

/** The inputs of a model as it is trained. */
function takenBy(model: Model, inputs: NamedInputs | undefined): GraphInputs {
  const modality = graphs(inputs ? { inputs } : {});
  return graphInputs(typedInputs(modality.prepare(modality.mend?.(model) ?? model).model), inputs);
}

function featuriserFor(model: Model, { x, edge_attr: edges }: GraphInputs): FeaturiserName {
  const noted = featuriserOf(model)?.name;
  if (isFeaturiser(noted)) return noted;
  const width = (input: TypedInput): number | undefined => {
    const last = input.shape.length === 1 ? 1 : input.shape[1];
    return typeof last === "number" ? last : undefined;
  };
  const takes = (input: TypedInput | undefined, own: number): boolean =>
    input === undefined || (width(input) ?? own) === own;
  const names = Object.keys(featurisers) as FeaturiserName[];
  const name = names.find((one) => takes(x, featurisers[one].nodeWidth) && takes(edges, featurisers[one].edgeWidth));
  if (name) return name;
  const own = names.map((one) => `${featurisers[one].nodeWidth} and ${featurisers[one].edgeWidth} (${one})`);
  throw new UserError(
    `the model takes ${width(x) ?? "some"} numbers of each atom${edges ? ` and ${width(edges) ?? "some"} of each bond` : ""}, and molecules become ${own.join(" or ")}; give graphs with the model's own features, as JSON lines`,
  );
}

export function typedInputs({ graph }: Model): TypedInput[] {
  return graph.inputs.flatMap(({ name, type }) => (type ? [{ name, ...type }] : []));
}

/** `x=atoms` and so on. @throws {UserError} for what is none of a graph's inputs */
export function namedInputs(given: readonly string[] | undefined): NamedInputs | undefined {
  if (!given || given.length === 0) return undefined;
  return Object.fromEntries(
    given.map((one): [GraphRole, string] => {
      const [, role, name] = /^([^=]*)=(.+)$/.exec(one) ?? [];
      if (name === undefined || !graphRoles.some((known) => known === role))
        throw new UserError(
          `--inputs wants what an input is for and its name, such as x=atoms, not ${named(one)}; it may be for ${graphRoles.join(", ")}`,
        );
      return [role as GraphRole, name];
    }),
  );
}
