import { join, resolve } from "node:path";
import {
  entriesOf,
  methods,
  SettingError,
  trainingOptions,
  type Method,
  type MethodName,
  type Table,
} from "@taskhead/core/settings";
import { readRegular } from "../files/open-regular.js";
import type { Optioned } from "./table.js";

/** The options that a run which goes on from another one takes from it, unless they are given. */
const inherited: readonly (keyof Optioned)[] = [
  "task",
  "metric",
  "huber",
  "columns",
  "text",
  "label",
  "smiles",
  "split",
  "group",
  "ignore",
  "valFraction",
  "head",
  "headInit",
  "headWidth",
  "headDepth",
  "headActivation",
  "headDropout",
  "probeLr",
  "probeLoss",
  "probeOptimizer",
  "smoothing",
  "method",
  "spAlpha",
  "spBeta",
  "loraRank",
  "loraAlpha",
  "loraTargets",
  "unfreezeEpochs",
  "batchnorm",
  "augment",
  "epochs",
  "lr",
  "headLr",
  "layerDecay",
  "schedule",
  "warmup",
  "optimizer",
  "weightDecay",
  "clipNorm",
  "patience",
  "batch",
  "momentum",
  "seed",
];

/** What goes with an option: where that is given, these are settled anew. */
const follows: Partial<Record<keyof Optioned, readonly (keyof Optioned)[]>> = {
  task: ["metric", "huber", "columns", "label"],
  head: ["headWidth", "headDepth", "headActivation", "headDropout"],
  method: ["spAlpha", "spBeta", "loraRank", "loraAlpha", "loraTargets", "unfreezeEpochs", "weightDecay"],
  optimizer: ["lr", "headLr", "schedule", "warmup", "weightDecay", "momentum"],
  probeOptimizer: ["momentum"],
  lr: ["headLr", "schedule", "warmup"],
  schedule: ["warmup"],
  group: ["split"],
  split: ["group"],
  val: ["valFraction", "split"],
};

/**
 * The options of a run that goes on from another: the exported model is its backbone, and what is not given is as it was
 * there.
 * @throws {SettingError} if that run has no results, or options contradict
 */
export function goingOn(table: Table<Optioned>, asked: Partial<Optioned>): Partial<Optioned> {
  const { from, out } = asked;
  if (from === undefined) return asked;
  if (out !== undefined && resolve(out) === resolve(from))
    throw new SettingError(
      "out",
      (named) =>
        `${named("out")} is the run that ${named("from")} goes on from, and a run keeps its own; name another folder`,
    );
  for (const other of ["backbone", "folds"] as const)
    if (asked[other] !== undefined)
      throw new SettingError("from", (named) =>
        other === "folds"
          ? `${named("from")} goes on from weights that have seen samples of every fold, and ${named("folds")} would validate on them; leave one of them out`
          : `${named("from")} goes on from the model of a run, and ${named("backbone")} names another; leave one of them out`,
      );
  const then = optionsThere(from);
  const settled = new Set<string>([
    ...Object.entries(follows).flatMap(([name, others]) => (asked[name as keyof Optioned] === undefined ? [] : others)),
    ...excluded(asked, then),
  ]);
  const entries = new Map(entriesOf(table));
  const taken = inherited.flatMap((name): [string, unknown][] => {
    const value = then[name];
    if (value === null || value === undefined || asked[name] !== undefined || settled.has(name)) return [];
    const { kind } = entries.get(name)!;
    const reading = typeof value === "string" ? kind.parse(value) : kind.check(value);
    return "value" in reading ? [[name, reading.value]] : [];
  });
  return { ...Object.fromEntries(taken), ...asked, backbone: join(from, "model") };
}

/** Where to start from decides about a method that is made by its tau; and one that trains nothing has no use for how. */
function excluded(
  { method, taus, energy, starts, probeOptimizer }: Partial<Optioned>,
  then: Readonly<Record<string, unknown>>,
) {
  const earlier: Method | undefined = methods[then["method"] as MethodName];
  const startsElsewhere = (taus ?? energy ?? starts) !== undefined && earlier?.tau !== undefined;
  const own = method !== undefined ? methods[method] : startsElsewhere ? undefined : earlier;
  const idle = own?.trains === "nothing";
  const bySgd = (probeOptimizer ?? then["probeOptimizer"]) !== "adamw";
  return [
    ...(startsElsewhere ? ["method"] : []),
    ...(idle ? [...trainingOptions, "augment", ...(bySgd ? [] : ["momentum"])] : []),
  ];
}

function optionsThere(run: string): Readonly<Record<string, unknown>> {
  try {
    const results = JSON.parse(readRegular(join(run, "results.json")).toString()) as {
      options?: unknown;
      best?: unknown;
    };
    if (typeof results.options === "object" && results.options !== null && results.best)
      return results.options as Readonly<Record<string, unknown>>;
  } catch {
    // Said below, whatever it is.
  }
  throw new SettingError(
    "from",
    (named) =>
      `${named("from")} ${run} is no finished run (its results.json lacks a model); give the run folder of one`,
  );
}
