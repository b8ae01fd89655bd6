import { methods, type Method, type MethodName } from "../../finetune/methods.js";
import { optionsOfMethod, trainingOptions } from "../../finetune/method-options.js";
import type { ScheduleKind } from "../../finetune/schedule.js";
import { defaultsOf } from "./entry.js";
import { phrase } from "../../given/words.js";
import { SettingError, type Words } from "./errors.js";
import { checked } from "./read.js";
import type { Settings } from "./settings.js";
import { settingTable } from "./table.js";

/** Settings as given: those that others decide may be missing. */
type Asked = Omit<Settings, Settled> & Partial<Pick<Settings, Settled>>;
type Settled = "probeEpochs" | "schedule" | "warmup" | "weightDecay";

/** Strengths for a first try; which are best depends on data and rate, and validation tells. */
const l2sp = { spAlpha: 0.1, spBeta: 0.01 };

/**
 * The settings of a tuning: what is given, checked, and what follows from it for the rest. Settling what is settled
 * changes nothing.
 * @param usual for samples of this kind, where the table has another default: nobody asked for it
 * @throws {SettingError} on a value that is not of its kind, and on what contradicts or would do nothing
 */
export function settle(given: Partial<Settings> = {}, usual: Partial<Settings> = {}): Settings {
  const own = checked(settingTable, given);
  const all = { ...defaultsOf(settingTable), ...usual, ...own } as Asked;
  const asked = { ...all, taus: tausOf(all) };
  const last = lastTau(asked);
  // What is settled has a value for all of them, and does not say which were asked for.
  if (!isSettled(own))
    refuseTraining(
      asked.method,
      trainingOptions.filter((name) => own[name] !== undefined),
    );
  refuseWhatDoesNothing(asked);
  refuseWhatTheTaskLacks(asked);
  refuseDial(asked);
  if (asked.probeEpochs !== undefined && last > asked.probeEpochs)
    refuse(
      "taus",
      (named) =>
        `${named("taus")} asks for tau ${last}, but ${named("probeEpochs")} is ${asked.probeEpochs}; raise ${named("probeEpochs")} or leave it out`,
    );
  refuseHeadOptions(asked);
  const schedule = asked.schedule ?? scheduleFor(asked);
  return {
    ...asked,
    ...(asked.energy ? { energyBy: asked.energyBy ?? "temperature" } : {}),
    schedule,
    warmup: asked.warmup ?? (schedule === "constant" ? 0 : 0.05),
    // L2-SP takes the place of decay towards zero.
    weightDecay: asked.weightDecay ?? (asked.optimizer === "adamw" && asked.method !== "l2-sp" ? 0.01 : 0),
    ...(asked.method === "l2-sp"
      ? { spAlpha: asked.spAlpha ?? l2sp.spAlpha, spBeta: asked.spBeta ?? l2sp.spBeta }
      : {}),
    // With a list of taus probing ends at the last; one epoch is run even for tau 0 alone, to have a curve to show.
    probeEpochs: asked.probeEpochs ?? (asked.taus === "auto" ? 64 : Math.max(Math.ceil(last), 1)),
  };
}

/** Whether nothing is left to settle. */
function isSettled({ probeEpochs, schedule, warmup, weightDecay }: Partial<Settings>): boolean {
  return [probeEpochs, schedule, warmup, weightDecay].every((value) => value !== undefined);
}

/** A method that is made by its tau sets it. */
function tausOf({ method, taus }: Asked): Settings["taus"] {
  const { tau }: Method = methods[method];
  if (tau === undefined) return taus;
  if (taus !== "auto" && taus.join() !== String(tau))
    refuse(
      "taus",
      (named) =>
        `${named("method")} ${method} means ${named("taus")} ${tau}, not ${taus.join()}; leave ${named("taus")} out, or use ${named("method")} hp-ft`,
    );
  return [tau];
}

/** The largest tau that has a number; 0 where there is none. */
function lastTau({ taus }: Asked): number {
  return taus === "auto" ? 0 : Math.max(0, ...taus.filter((tau) => typeof tau === "number"));
}

/** Energies are for one head, that bears being turned. */
function refuseDial({
  energy,
  energyBy,
  method,
  taus,
  task,
  head,
  reinitBlocks,
  reinitDecoder,
  smoothing,
}: Asked): void {
  if (!energy) {
    if (energyBy !== undefined)
      refuse(
        "energyBy",
        (named) => `${named("energyBy")} is for ${named("energy")}; give energies, or leave ${named("energyBy")} out`,
      );
    return;
  }
  const { tau }: Method = methods[method];
  if (tau !== undefined)
    refuse(
      "energy",
      (named) =>
        `${named("method")} ${method} is made by its head, which ${named("energy")} would change; use ${named("method")} hp-ft${tau === 0 ? "" : ` with ${named("taus")} ${tau}`}, or leave ${named("energy")} out`,
    );
  if (taus !== "auto" && taus.length > 1)
    refuse(
      "energy",
      (named) =>
        `${named("energy")} turns one head, and ${named("taus")} names ${taus.length}; give one of them, or leave ${named("taus")} out for the best on validation`,
    );
  if (task === "regression" && energyBy !== "l2")
    refuse(
      "energy",
      (named) =>
        `${named("task")} regression has no ${energyBy ?? "temperature"} to turn: scaled outputs are other numbers; use ${named("energyBy")} l2, or ${named("taus")}`,
    );
  const way = energyBy ?? "temperature";
  if (way !== "temperature" && (head !== "linear" || reinitBlocks > 0 || reinitDecoder))
    refuse(
      "energyBy",
      (named) =>
        `${named("energyBy")} ${way} needs a head with one optimum, so neither ${named("head")} mlp nor ${named("reinitBlocks")}; use ${named("energyBy")} temperature`,
    );
  if (way === "smoothing" && smoothing > 0)
    refuse(
      "energyBy",
      (named) =>
        `${named("energyBy")} smoothing finds the smoothing itself, so ${named("smoothing")} ${smoothing} would do nothing; leave it out`,
    );
}

/** A rate that range tests find is a high one, and has to come down; one that is given is taken as it is. */
function scheduleFor({ optimizer, lr }: Asked): ScheduleKind {
  if (optimizer === "adamw") return "cosine";
  return lr === "auto" ? "linear" : "constant";
}

/** A setting that would change nothing is a misunderstanding. */
function refuseWhatDoesNothing(asked: Asked): void {
  if ((asked.method === "side" || asked.method === "lora") && asked.reinitBlocks > 0)
    refuse(
      "reinitBlocks",
      (named) =>
        `${named("method")} ${asked.method} trains beside the backbone's own weights, so ${named("reinitBlocks")} has none to start afresh; leave it out`,
    );
  if (asked.reinitDecoder && asked.task !== "segmentation")
    refuse(
      "reinitDecoder",
      (named) =>
        `${named("reinitDecoder")} is for ${named("task")} segmentation, whose networks have one; leave it out, or use ${named("reinitBlocks")}`,
    );
  if (asked.reinitDecoder && (asked.reinitBlocks > 0 || asked.method === "side" || asked.method === "lora"))
    refuse("reinitDecoder", (named) =>
      asked.reinitBlocks > 0
        ? `${named("reinitDecoder")} and ${named("reinitBlocks")} both say what starts afresh; leave one of them out`
        : `${named("method")} ${asked.method} trains beside the backbone's own weights, so ${named("reinitDecoder")} has none to start afresh; leave it out`,
    );
  refuseIdleMomentum(asked);
  if (asked.starts > 1 && (asked.taus !== "auto" || asked.energy))
    refuse("starts", (named) => {
      const list = asked.energy ? named("energy") : asked.method === "hp-ft" ? named("taus") : named("method");
      return `${named("starts")} is for ${named("taus")} auto, and ${list} says where to start from; leave one out`;
    });
  for (const [method, names] of Object.entries(optionsOfMethod)) refuseOtherMethods(asked, method as MethodName, names);
  refuseGradual(asked);
}

function refuseIdleMomentum(asked: Asked): void {
  const { method, optimizer, probeOptimizer } = asked;
  const idle = methods[method].trains === "nothing";
  if (probeOptimizer !== "adamw" || !(idle || optimizer === "adamw") || unusual(asked, ["momentum"]).length === 0)
    return;
  refuse("momentum", (named) =>
    idle
      ? `${named("momentum")} is for sgd, and all that ${named("method")} ${method} trains is the head, by ${named("probeOptimizer")} adamw; leave it out`
      : `${named("momentum")} is for sgd, and ${named("optimizer")} and ${named("probeOptimizer")} are adamw; leave it out`,
  );
}

/** @param names of settings that are for one method alone */
function refuseOtherMethods(asked: Asked, method: MethodName, names: readonly (keyof Settings)[]): void {
  const [first] = asked.method === method ? [] : unusual(asked, names);
  if (first !== undefined)
    refuse(
      first,
      (named) => `${named(first)} is for ${named("method")} ${method}; add it, or leave ${named(first)} out`,
    );
}

function refuseGradual({ method, unfreezeEpochs = 0, epochs, batchnorm, forecast }: Asked): void {
  if (method !== "gradual") return;
  if (forecast)
    refuse(
      "forecast",
      (named) =>
        `${named("forecast")} goes by a run's first steps, in which ${named("method")} gradual trains the last block alone; leave it out`,
    );
  if (unfreezeEpochs > epochs)
    refuse(
      "unfreezeEpochs",
      (named) =>
        `${named("unfreezeEpochs")} is ${unfreezeEpochs}, but there are ${epochs} epochs: the lowest blocks would never be trained; give ${epochs} or fewer`,
    );
  if (batchnorm === "train")
    refuse(
      "batchnorm",
      (named) =>
        `${named("method")} gradual leaves blocks as they are until it is their turn, and ${named("batchnorm")} train would move their statistics before; leave it out`,
    );
}

/**
 * @param names of settings that say how a network is trained, and were given
 * @throws {SettingError} if there are any, and the method trains nothing
 */
export function refuseTraining(method: MethodName, names: readonly string[]): void {
  const [first] = names;
  if (first === undefined || methods[method].trains !== "nothing") return;
  refuse(
    first,
    (named) =>
      `${named("method")} ${method} trains nothing after probing, so ${phrase(names.map((name) => named(name)))} would do nothing; leave ${names.length > 1 ? "them" : "it"} out`,
  );
}

/** What a task has no use for. Of pixels, an mlp is a convolution with one hidden layer, ReLU, and no dropout. */
const idleOf = {
  classification: [],
  "multi-label": ["probeLoss"],
  regression: ["smoothing", "probeLoss", "classWeights"],
  "token-classification": ["pooling"],
  segmentation: ["probeLoss", "headDepth", "headActivation", "headDropout", "pooling"],
} as const satisfies Record<Settings["task"], readonly (keyof Settings)[]>;

/** Why a task has no choice of a metric. */
const scoredBy: Readonly<Record<Settings["task"], string>> = {
  classification: "",
  "multi-label": "labels are scored by their mean ROC-AUC",
  regression: "numbers are scored by R²",
  "token-classification": "words are scored by entity F1, or by accuracy where tags name no entities",
  segmentation: "masks are scored by mIoU",
};

function refuseWhatTheTaskLacks(asked: Asked): void {
  const { task, metric } = asked;
  // Labels are scored by it anyway.
  if (metric !== undefined && task !== "classification" && !(task === "multi-label" && metric === "roc-auc"))
    refuse(
      "metric",
      (named) => `${named("metric")} ${metric} is for ${named("task")} classification: ${scoredBy[task]}; leave it out`,
    );
  if (asked.huber !== undefined && task !== "regression")
    refuse(
      "huber",
      (named) => `${named("huber")} is for ${named("task")} regression; add it, or leave ${named("huber")} out`,
    );
  const idle = unusual(asked, idleOf[task]);
  const [first] = idle;
  if (first !== undefined)
    refuse(
      first,
      (named) =>
        `${named("task")} ${task} has no use for ${named(...idle)}; leave ${idle.length > 1 ? "them" : "it"} out`,
    );
}

function refuseHeadOptions(asked: Asked): void {
  const ofMlp = ["headWidth", "headDepth", "headActivation", "headDropout"] as const;
  const [first] = asked.head === "mlp" ? [] : unusual(asked, ofMlp);
  if (first !== undefined)
    refuse(first, (named) => `${named(...ofMlp)} are for ${named("head")} mlp; add it, or leave them out`);
}

/** Those of the settings that are not as they are unless given. */
function unusual(asked: Asked, names: readonly (keyof Settings)[]): string[] {
  const usual = defaultsOf(settingTable);
  return names.filter((name) => asked[name] !== usual[name]);
}

function refuse(setting: string, words: Words): never {
  throw new SettingError(setting, words);
}
