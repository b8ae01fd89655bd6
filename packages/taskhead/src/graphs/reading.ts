import { graphs, type GraphOptions } from "@taskhead/core";
import {
  featuriserOf,
  graphInputs,
  graphRoles,
  toldGraphs,
  typedInputs,
  type GraphInputs,
  type GraphRole,
  type NamedInputs,
  type TypedInput,
} from "@taskhead/core/internals";
import { ModelError, type Model } from "@taskhead/autograd";
import type { OpenedFile, Reading } from "../data/kind.js";
import { named } from "../data/listed.js";
import { UserError } from "../files/errors.js";
import { featurisers, isFeaturiser, type FeaturiserName } from "./chemistry/featurisers.js";
import type { TuneOptions } from "../options/table.js";
import type { FileGraphs } from "./sets.js";

/** How molecules become graphs. */
export interface MoleculeReading extends Reading<FileGraphs> {
  readonly featuriser: FeaturiserName;
}

/** Graphs as they are: nothing is made of them. @throws {UserError} if --inputs says what cannot be */
export function readingOfGraphs(
  { model }: Pick<OpenedFile, "model">,
  inputs: readonly string[] | undefined,
): Reading<FileGraphs> {
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
 * @param release of RDKit
 * @throws {UserError} if there are no such features
 */
export function readingOfMolecules(
  model: Model,
  { inputs, split = "scaffold", val }: Partial<Pick<TuneOptions, "inputs" | "split" | "val">>,
  release: string,
): MoleculeReading {
  const own = namedInputs(inputs);
  const taken = takenBy(model, own);
  const featuriser = featuriserFor(model, taken);
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
    options: { featuriser, rdkit: release, ...(val === undefined ? { split } : {}) },
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
  return graphInputs(typedInputs(modality.prepare(modality.mend?.(model) ?? model).model.graph), inputs);
}

/** What a graph network takes, as `inspect` tells it. */
export interface GraphNetwork {
  /** The name of each input, by what it is for. */
  readonly inputs: NamedInputs;
  /** What makes graphs of molecules for it; null where it takes other features. */
  readonly featuriser: FeaturiserName | null;
  /** Releases of what that stood on in training, where the file says so. */
  readonly versions: Readonly<Record<string, string>>;
}

/** null for a model that is no graph network. */
export function graphNetworkOf(model: Model): GraphNetwork | null {
  try {
    const taken = takenBy(model, undefined);
    const { versions = {} } = featuriserOf(model) ?? {};
    return { inputs: namesOf(taken), featuriser: fittingFeaturiser(model, taken) ?? null, versions };
  } catch (error) {
    if (error instanceof ModelError) return null;
    throw error;
  }
}

/** @throws {UserError} if none makes what the model takes */
function featuriserFor(model: Model, taken: GraphInputs): FeaturiserName {
  const name = fittingFeaturiser(model, taken);
  if (name) return name;
  const names = Object.keys(featurisers) as FeaturiserName[];
  const own = names.map((one) => `${featurisers[one].nodeWidth} and ${featurisers[one].edgeWidth} (${one})`);
  const { x, edge_attr: edges } = taken;
  throw new UserError(
    `the model takes ${widthOf(x) ?? "some"} numbers of each atom${edges ? ` and ${widthOf(edges) ?? "some"} of each bond` : ""}, and molecules become ${own.join(" or ")}; give graphs with the model's own features, as JSON lines`,
  );
}

/** What the file notes, else what makes as many numbers as the model takes. */
function fittingFeaturiser(model: Model, { x, edge_attr: edges }: GraphInputs): FeaturiserName | undefined {
  const noted = featuriserOf(model)?.name;
  if (isFeaturiser(noted)) return noted;
  const takes = (input: TypedInput | undefined, own: number): boolean =>
    input === undefined || (widthOf(input) ?? own) === own;
  return (Object.keys(featurisers) as FeaturiserName[]).find(
    (one) => takes(x, featurisers[one].nodeWidth) && takes(edges, featurisers[one].edgeWidth),
  );
}

/** Numbers of each node, or edge; undefined where the model does not say. */
function widthOf({ shape }: TypedInput): number | undefined {
  const last = shape.length === 1 ? 1 : shape[1];
  return typeof last === "number" ? last : undefined;
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
