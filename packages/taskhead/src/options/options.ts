import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import {
  checked,
  defaultsOf,
  entriesOf,
  identityOf as identityIn,
  plainValues,
  refuseTraining,
  SettingError,
  settingTable,
  settle,
  type Identity,
  type Settings,
} from "@taskhead/core/settings";
import { requireAgreement } from "../files/agreement.js";
import { UserError } from "../files/errors.js";
import { shownPlace, type Commits } from "../files/hub-address.js";
import { holdsTagged, samplesKind, type SamplesKind } from "../files/samples-kind.js";
import { modelFileIn } from "../files/model-folder.js";
import { takenBy } from "../files/model-takes.js";
import { usualFor } from "../files/usual-settings.js";
import { usualCache } from "../files/usual-cache.js";
import { flagOf, readOptions, withFlags } from "./command-line.js";
import { goingOn } from "./earlier-run.js";
import type { TuneInput } from "./input.js";
import { labelsAsked } from "./labels.js";
import { namesHub } from "./hub-places.js";
import { foreignTo } from "./of-kind.js";
import { commitOf, isBegun, keptDevice, keptThreads } from "./kept.js";
import { optionTable, type Optioned, type TuneOptions } from "./table.js";

export type { Places, Triple, TuneOptions } from "./table.js";

/**
 * The options of a command line. What follows from the kind of samples is settled once they are on this machine; nobody looks
 * into them here, so that a task which is not given is classification where names do not say otherwise.
 * @param given what commander read: texts by name
 * @param commits of what was fetched from the hub
 * @throws {UserError} one line that names the option, what it wants and what it got
 */
export function parseOptions(train: string, given: Readonly<Record<string, unknown>>, commits?: Commits): TuneOptions {
  const asked = readOptions(optionTable, { train, ...given });
  return withFlags(optionTable, () => settled(asked, commits));
}

/**
 * The options of a program: those that it gives, checked, and what follows for the rest, as of a command line.
 * @param commits of what was fetched from the hub
 * @throws {UserError} one line that names the option, what it wants and what it got
 */
export function optionsFrom(
  { signal: _signal, onProgress: _onProgress, ...given }: TuneInput,
  commits?: Commits,
): TuneOptions {
  try {
    return settled(checked(optionTable, given), commits);
  } catch (error) {
    throw error instanceof SettingError ? new UserError(error.message, { cause: error }) : error;
  }
}

/** What decides a run's result, by flag; of files and folders their content does, which is not here. */
export function identityOf(options: TuneOptions): Identity {
  const identity = identityIn(optionTable, options, flagOf(optionTable));
  return {
    ...identity,
    // What runs were before there were others.
    ...(options.device === "cpu" ? { "--device": null } : {}),
    ...Object.fromEntries(Object.entries(options.commits ?? {}).map(([asked, commit]) => [commitOf(asked), commit])),
    // A split that is not made decides nothing.
    ...(options.val === undefined ? {} : { "--val-fraction": null, "--split": null }),
  };
}

/** All options as plain values, for the report; what is from the hub by its address there, with the commit. */
export function plainOptions(options: TuneOptions): Record<string, string | number | boolean | null> {
  const shown = (path: string | undefined): string | undefined => path && shownPlace(path);
  const { train, backbone, ood } = options;
  const places = Object.fromEntries((["val", "test", "side"] as const).map((name) => [name, shown(options[name])]));
  return plainValues(optionTable, {
    ...options,
    ...places,
    train: shownPlace(train),
    backbone: shownPlace(backbone),
    ood: ood.map(shownPlace),
  });
}

/** What samples of any kind are split by, unless asked otherwise. */
function isUsual(name: keyof Optioned, { split }: Partial<Optioned>): boolean {
  return name === "split" && split === "random";
}

/** @throws {SettingError} where the model takes no graphs */
function refuseSmiles(backbone: string, { smiles, inputs = [] }: Partial<Optioned>): void {
  const takes = smiles === undefined || inputs.length > 0 ? undefined : takenBy(backbone);
  if (takes !== undefined && takes.what !== "graphs")
    throw new SettingError(
      "smiles",
      (named) =>
        `${named("smiles")} is for graph networks, and the model ${shownPlace(backbone)} takes ${takes.what} (${takes.inputs}); ${takes.what === "texts" ? `name the column with ${named("text")}, or give another model` : "give another model"}`,
    );
}

/** @throws {SettingError} on one that would do nothing */
function refuseOtherKinds(kind: SamplesKind, given: Partial<Optioned>): void {
  if (kind !== "texts" && given.task === "token-classification")
    throw new SettingError(
      "task",
      (named) =>
        `${named("task")} token-classification is for texts, and these samples are ${kind} by what the model takes and their files; give a file of words with their tags, or another task`,
    );
  const foreign = foreignTo(
    kind,
    (name) => given[name] !== undefined && String(given[name]) !== "" && !isUsual(name, given),
  );
  if (foreign !== undefined)
    throw new SettingError(
      foreign.option,
      (named) =>
        `${named(foreign.option)} is for ${foreign.kind}, and these samples are ${kind} by what the model takes and their files; leave it out, or give another model`,
    );
  const masked = kind === "masked images";
  if (given.task !== undefined && (given.task === "segmentation") !== masked)
    throw new SettingError("task", (named) =>
      masked
        ? `${named("task")} ${given.task} is for whole images, and these have a mask each; leave it out`
        : `${named("task")} segmentation is for a folder with images/ and masks/, of PNG masks that hold class numbers; give one`,
    );
}

/** @throws {SettingError} */
function settled(given: Partial<Optioned>, commits?: Commits): TuneOptions {
  const asked = goingOn(optionTable, given);
  const missing = entriesOf(optionTable).find(
    ([name, entry]) => ("required" in entry || name === "backbone") && asked[name as keyof Optioned] === undefined,
  );
  if (missing) {
    const [name, { says }] = missing;
    throw new SettingError(name, (named) => `${named(name)} is missing; give the ${says}`);
  }
  const backbone = modelFileIn(asked.backbone!);
  // What is still on the hub may be anything.
  const kind = namesHub({ ...asked }) ? undefined : samplesKind({ ...asked, train: asked.train!, backbone });
  const own = kind === undefined ? asked : withLabels(kind, asked);
  if (kind !== undefined) {
    refuseSmiles(backbone, asked);
    requireAgreement({ train: asked.train!, backbone });
    refuseOtherKinds(kind, own);
  }
  const usual = {
    ...usualFor(kind),
    ...(holdsTagged(own.train!) ? ({ task: "token-classification" } as const) : {}),
  };
  const whole = { ...defaultsOf(optionTable), ...usual, ...own } as TuneOptions;
  const { method, side, augment, mean, std } = whole;
  if (mean === "auto" && std !== undefined)
    throw new SettingError("std", (named) => `${named("mean")} auto finds ${named("std")} too; leave one of them out`);
  if (side !== undefined && method !== "side")
    throw new SettingError(
      "side",
      (named) => `${named("side")} is for ${named("method")} side; add it, or leave ${named("side")} out`,
    );
  if (augment.length > 0) refuseTraining(method, ["augment"]);
  if (whole.group !== undefined && whole.split === "scaffold")
    throw new SettingError(
      "group",
      (named) => `${named("split")} scaffold and ${named("group")} both say what stays together; leave one of them out`,
    );
  refuseIdleSplit(asked);
  if (whole.folds !== undefined) refuseBesideFolds(whole);
  const out = resolve(whole.out);
  return {
    ...whole,
    ...settle(settingsOf(own), usual),
    backbone,
    ...(side === undefined ? {} : { side: modelFileIn(side) }),
    device: deviceOf(whole.device, out),
    threads: whole.threads ?? keptThreads(out) ?? availableParallelism(),
    cache: whole.cache ?? usualCache(),
    out,
    ...(commits === undefined ? {} : { commits }),
  };
}

/** What says how training samples are split, where they are not. */
function refuseIdleSplit({ val, folds, valFraction, split }: Partial<Optioned>): void {
  const idle =
    valFraction !== undefined ? "valFraction" : split !== undefined && folds === undefined ? "split" : undefined;
  const others = val !== undefined ? "val" : folds !== undefined ? "folds" : undefined;
  if (idle === undefined || others === undefined) return;
  throw new SettingError(idle, (named) =>
    others === "val"
      ? `${named(idle)} is for a split, and with ${named(others)} none is made; leave one of them out`
      : `${named(others)} validates on one fold after the other, so ${named(idle)} would do nothing; leave it out`,
  );
}

/** What says otherwise how is validated, or needs validation samples that the model has not seen. */
function refuseBesideFolds({ val, starts, energy, taus, export: copies }: TuneOptions): void {
  if (val !== undefined)
    throw new SettingError(
      "folds",
      (named) =>
        `${named("folds")} validates on folds of the training samples, and ${named("val")} names others; leave one of them out`,
    );
  if (starts > 1)
    throw new SettingError(
      "starts",
      (named) => `${named("starts")} finds other taus in every fold; name those to compare with ${named("taus")}`,
    );
  if (energy && taus === "auto")
    throw new SettingError(
      "energy",
      (named) =>
        `${named("energy")} with ${named("folds")} needs to know whose head it turns; name its tau with ${named("taus")}`,
    );
  if (copies.some((copy) => copy !== "fp32"))
    throw new SettingError(
      "export",
      (named) => `${named("folds")} leaves no sample to score copies of the model on; leave ${named("export")} out`,
    );
}

/** Columns of labels that a table is said to have are several labels, unless a task is asked for. */
function withLabels(kind: SamplesKind, { labels, columns, ...rest }: Partial<Optioned>): Partial<Optioned> {
  const own = labelsAsked(kind, rest.train!, { labels, columns });
  const ofTable = labels !== undefined && own.labels === undefined;
  return { ...(ofTable ? ({ task: "multi-label" } as const) : {}), ...rest, ...own };
}

/** A run goes on where it began; which one `auto` is in a new one, only the machine tells. */
function deviceOf(asked: TuneOptions["device"] | undefined, out: string): TuneOptions["device"] {
  if (asked !== undefined && asked !== "auto") return asked;
  return isBegun(out) ? (keptDevice(out) ?? "cpu") : (asked ?? "cpu");
}

/** Those that decide a tuning wherever it runs. */
function settingsOf(given: Partial<TuneOptions>): Partial<Settings> {
  return Object.fromEntries(Object.entries(given).filter(([name]) => Object.hasOwn(settingTable, name)));
}
