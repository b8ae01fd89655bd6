import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import { InvalidArgumentError, type Command } from "commander";
import envPaths from "env-paths";
import {
  augmentations,
  compareTaus,
  methods,
  scheduleKinds,
  type Activation,
  type Augmentation,
  type Method,
  type MethodName,
  type ScheduleKind,
  type Tau,
} from "@taskhead/core";
import { z } from "zod";
import { UserError } from "../files/errors.js";

/** What `tune` and `probe` do, every option checked. `auto` and absent values are settled once the data are known. */
export interface TuneOptions {
  train: string;
  backbone: string;
  features?: string;
  val?: string;
  test?: string;
  /** Folders of images from elsewhere, with the same classes; measured, never chosen by. */
  ood: string[];
  valFraction: number;
  /** Side of the square that images are resized to, in pixels. */
  size?: number;
  /** Per channel, in units of pixels / 255. */
  mean?: Triple;
  std?: Triple;
  method: MethodName;
  /** The side network of side-tuning, a model file; the backbone itself unless given. */
  side?: string;
  /** The name of a value, or a number of blocks, below which nothing is trained. */
  freezeUntil?: string | number;
  batchnorm: "frozen" | "train";
  /** The factor on the learning rate from each block to the one below it. */
  layerDecay: number;
  /** The learning rate of the head in fine-tuning; that of the rest unless given. */
  headLr?: number;
  /** Epochs of head probing to fine-tune from, ascending; `converged` is the optimum. */
  taus: "auto" | Tau[];
  probeEpochs: number;
  epochs: number;
  /** Whether the taus of `auto` compete by successive halving. */
  halving: boolean;
  batch: number;
  probeLr: "auto" | number;
  lr: "auto" | number;
  schedule: ScheduleKind;
  /** Below 1 a fraction of all steps, from 1 on a number of steps. */
  warmup: number;
  optimizer: "sgd" | "adamw";
  momentum: number;
  weightDecay: number;
  clipNorm?: number;
  augment: Augmentation[];
  /** `balanced`, or a JSON file. */
  classWeights?: string;
  patience?: number;
  /** Estimate how far each run will move the features, before it. */
  forecast: boolean;
  smoothing: number;
  probeLoss: "ce" | "mse";
  head: "linear" | "mlp";
  /** Hidden units of an mlp; as many as features unless given. */
  headWidth?: number;
  headDepth: number;
  headActivation: Activation;
  headDropout: number;
  /** How many of the backbone's last blocks start afresh and are probed with the head. */
  reinitBlocks: number;
  seed: number;
  threads: number;
  /** For decoded images, in MB; what does not fit goes to a file in `cache`. */
  memory: number;
  cache: string;
  out: string;
  json: boolean;
  verbose: boolean;
}

export type Triple = readonly [number, number, number];

/** Adds to a command the options that `tune` and `probe` share. */
export function describeOptions(command: Command, stage: "tune" | "probe"): Command {
  command
    .argument("<train>", "folder of training images, one folder per class")
    .requiredOption("--backbone <model>", "pretrained model, an .onnx file")
    .option("--features <name>", "tensor to take as features (default: the input of the last linear layer)")
    .option("--val <dir>", "folder of validation images (default: split from the training images)")
    .option("--val-fraction <f>", "part of the training images to validate on, where --val is not given", "0.2");
  if (stage === "tune")
    command
      .option("--test <dir>", "folder of test images, scored once, with the winner")
      .option("--ood <dir>", "folder of images from elsewhere, same classes, to report beside; repeatable", several);
  command
    .option(
      "--size <pixels>",
      "side to resize images to (default: preprocessor_config.json, the model's fixed size, or 64)",
    )
    .option("--mean <r,g,b>", "subtracted from pixels in 0..1 (default: preprocessor_config.json, or 0,0,0)")
    .option("--std <r,g,b>", "then divided by (default: preprocessor_config.json, or 1,1,1)")
    .option(
      "--taus <list>",
      "epochs of head probing to fine-tune from, such as 0,0.5,8,converged, or auto: 0, the last, two between evenly in energy",
      "auto",
    )
    .option("--probe-epochs <n>", "epochs of head probing (default: 64, or the largest of --taus)")
    .option("--probe-lr <rate>", "learning rate of head probing", "auto")
    .option("--probe-loss <name>", "loss of head probing: ce, cross-entropy, or mse, squared error", "ce")
    .option("--head <kind>", "linear or mlp", "linear")
    .option("--head-width <n>", "hidden units of an mlp head (default: as many as features)")
    .option("--head-depth <n>", "hidden layers of an mlp head (default: 1)")
    .option("--head-activation <name>", "relu, gelu or tanh, in an mlp head (default: relu)")
    .option("--head-dropout <p>", "part of an mlp head's hidden units dropped in steps of probing (default: 0)")
    .option("--reinit-blocks <k>", "start the backbone's last k blocks afresh and probe them with the head", "0");
  if (stage === "tune")
    command
      .option("--method <name>", `${Object.keys(methods).join(", ")}: what follows head probing`, "hp-ft")
      .option("--side <model>", "side network of --method side, an .onnx file (default: the backbone's own)")
      .option("--freeze-until <place>", "train only what comes after: the name of a value, or a number of blocks")
      .option("--batchnorm <mode>", "frozen: keep its statistics; train: those of the batch, in fine-tuning", "frozen")
      .option("--layer-decay <f>", "factor on the learning rate from each block to the one below it", "1")
      .option("--head-lr <rate>", "learning rate of the head in fine-tuning (default: --lr)")
      .option("--epochs <n>", "epochs of fine-tuning", "10")
      .option(
        "--no-halving",
        "fine-tune all candidates of auto to the last epoch, not the better half from rung to rung",
      )
      .option(
        "--lr <rate>",
        "learning rate of fine-tuning; auto finds one by range tests, lower for larger heads; with --taus auto it tries two",
        "auto",
      )
      .option(
        "--schedule <kind>",
        "of the rate: constant, linear or cosine (default: cosine for adamw; for sgd constant, linear with --lr auto)",
      )
      .option(
        "--warmup <n>",
        "steps in which the rate climbs, below 1 a fraction of all (default: 0 if constant, else 0.05)",
      )
      .option("--optimizer <name>", "sgd or adamw, in fine-tuning", "sgd")
      .option("--weight-decay <w>", "in fine-tuning; not on biases and norms (default: 0 for sgd, 0.01 for adamw)")
      .option("--clip-norm <n>", "clip gradients by their global norm to this (default: not at all)")
      .option(
        "--augment <list>",
        "change training images at random in fine-tuning: flip,shift,crop,colour (default: none, as a flip can change a class)",
      )
      .option("--class-weights <w>", "in fine-tuning: balanced, or a JSON file of class names and weights")
      .option("--forecast", "estimate from a few steps how far each run will move the features", false)
      .option("--patience <n>", "stop after n epochs in a row without better validation accuracy (default: never)");
  return command
    .option("--batch <n>", "images per step", "64")
    .option("--momentum <m>", "momentum of sgd, in both stages", "0.9")
    .option("--smoothing <e>", "label smoothing in head probing; fine-tuning uses hard labels", "0")
    .option("--seed <n>", "seed of the head, the split and the order of batches", "0")
    .option("--threads <n>", "threads of the runtime (default: all cores)")
    .option("--memory <mb>", "memory for images; beyond it they are kept in the cache folder", "1024")
    .option("--cache <dir>", "folder for features and images that later runs can use again")
    .option("--out <dir>", "run folder; the same command resumes from it", "taskhead-run")
    .option("--json", "print one JSON object on standard output", false)
    .option("--verbose", "show the stack of an error", false);
}

/** Gathers a repeated option. */
function several(dir: string, before: string[] = []): string[] {
  return [...before, dir];
}

const text = z.string().optional();
const path = z.string().transform((p) => resolve(p));

interface Range {
  from?: number;
  /** Excludes `from` itself. */
  above?: number;
  to?: number;
  below?: number;
  whole?: boolean;
}

/** The number, or the line that says why it is none. */
export function toNumber(flag: string, given: string, range: Range): number | string {
  const value = given.trim() === "" ? NaN : Number(given);
  const { from, above, to, below, whole } = range;
  const good =
    Number.isFinite(value) &&
    (!whole || Number.isSafeInteger(value)) &&
    (from === undefined || value >= from) &&
    (above === undefined || value > above) &&
    (to === undefined || value <= to) &&
    (below === undefined || value < below);
  if (good) return value;
  const bounds = [
    from !== undefined && `at least ${from}`,
    above !== undefined && `above ${above}`,
    to !== undefined && `at most ${to}`,
    below !== undefined && `below ${below}`,
  ].filter(Boolean);
  return `${flag} wants ${whole ? "a whole number" : "a number"}${bounds.length ? ` ${bounds.join(" and ")}` : ""}, not '${given}'`;
}

/** A schema for a number given as text. */
export function number(flag: string, range: Range = {}) {
  return z.string().transform((given, context): number => {
    const value = toNumber(flag, given, range);
    if (typeof value === "number") return value;
    context.addIssue({ code: "custom", message: value });
    return z.NEVER;
  });
}

function rate(flag: string) {
  return z.string().transform((given, context): number | "auto" => {
    if (given === "auto") return given;
    const value = toNumber(flag, given, { above: 0 });
    if (typeof value === "number") return value;
    context.addIssue({ code: "custom", message: value.replace(", not", " or auto, not") });
    return z.NEVER;
  });
}

function oneOf<const Names extends readonly string[]>(flag: string, names: Names) {
  const wanted = `${names.slice(0, -1).join(", ")} or ${names.at(-1)}`;
  return z.enum(names, { error: (issue) => `${flag} wants ${wanted}, not '${String(issue.input)}'` });
}

function triple(flag: string, range: Range = {}) {
  return z.string().transform((given, context): Triple => {
    const values = given.split(",").map((part) => toNumber(flag, part, range));
    const [r, g, b] = values;
    if (values.length === 3 && typeof r === "number" && typeof g === "number" && typeof b === "number")
      return [r, g, b];
    const above = range.above === undefined ? "" : ` above ${range.above}`;
    context.addIssue({
      code: "custom",
      message: `${flag} wants three numbers${above} separated by commas, such as 0.485,0.456,0.406, not '${given}'`,
    });
    return z.NEVER;
  });
}

const taus = z.string().transform((given, context): "auto" | Tau[] => {
  if (given === "auto") return given;
  const values = given.split(",").map((part) => (part === "converged" ? part : toNumber("--taus", part, { from: 0 })));
  if (values.every((v): v is Tau => typeof v === "number" || v === "converged"))
    return [...new Set(values)].sort(compareTaus);
  context.addIssue({
    code: "custom",
    message: `--taus wants auto or numbers from 0 and 'converged' separated by commas, such as 0,0.5,4,converged, not '${given}'`,
  });
  return z.NEVER;
});

const augment = z.string().transform((given, context): Augmentation[] => {
  const names = given.split(",").filter((name) => name !== "");
  const unknown = names.find((name) => !augmentations.includes(name as Augmentation));
  if (unknown === undefined) return augmentations.filter((name) => names.includes(name));
  context.addIssue({ code: "custom", message: `--augment wants some of ${augmentations.join()}, not '${unknown}'` });
  return z.NEVER;
});

const schema = z.object({
  train: path,
  backbone: path,
  features: text,
  val: path.optional(),
  test: path.optional(),
  ood: z.array(path).default([]),
  valFraction: number("--val-fraction", { above: 0, below: 1 }),
  size: number("--size", { from: 1, to: 4096, whole: true }).optional(),
  mean: triple("--mean").optional(),
  std: triple("--std", { above: 0 }).optional(),
  method: oneOf("--method", Object.keys(methods) as MethodName[]).default("hp-ft"),
  side: path.optional(),
  freezeUntil: z
    .string()
    .transform((place) => (/^[0-9]+$/.test(place) ? Number(place) : place))
    .optional(),
  batchnorm: oneOf("--batchnorm", ["frozen", "train"]).default("frozen"),
  layerDecay: number("--layer-decay", { above: 0, to: 1 }).default(1),
  headLr: number("--head-lr", { above: 0 }).optional(),
  taus,
  probeEpochs: number("--probe-epochs", { from: 1, whole: true }).optional(),
  epochs: number("--epochs", { from: 1, whole: true }).default(10),
  halving: z.boolean().default(true),
  batch: number("--batch", { from: 1, whole: true }),
  probeLr: rate("--probe-lr"),
  lr: rate("--lr").default("auto"),
  optimizer: oneOf("--optimizer", ["sgd", "adamw"]).default("sgd"),
  momentum: number("--momentum", { from: 0, below: 1 }),
  schedule: oneOf("--schedule", scheduleKinds).optional(),
  warmup: number("--warmup", { from: 0 }).optional(),
  weightDecay: number("--weight-decay", { from: 0 }).optional(),
  clipNorm: number("--clip-norm", { above: 0 }).optional(),
  augment: augment.default([]),
  classWeights: z
    .string()
    .transform((given) => (given === "balanced" ? given : resolve(given)))
    .optional(),
  patience: number("--patience", { from: 1, whole: true }).optional(),
  forecast: z.boolean().default(false),
  smoothing: number("--smoothing", { from: 0, below: 1 }),
  probeLoss: oneOf("--probe-loss", ["ce", "mse"]).default("ce"),
  head: oneOf("--head", ["linear", "mlp"]).default("linear"),
  headWidth: number("--head-width", { from: 1, whole: true }).optional(),
  headDepth: number("--head-depth", { from: 1, whole: true }).default(1),
  headActivation: oneOf("--head-activation", ["relu", "gelu", "tanh"]).default("relu"),
  headDropout: number("--head-dropout", { from: 0, below: 1 }).default(0),
  reinitBlocks: number("--reinit-blocks", { from: 0, whole: true }).default(0),
  seed: number("--seed", { from: 0, to: 2 ** 31 - 1, whole: true }),
  threads: number("--threads", { from: 1, to: 1024, whole: true }).optional(),
  memory: number("--memory", { from: 0 }),
  cache: path.optional(),
  out: path,
  json: z.boolean(),
  verbose: z.boolean(),
});

/** A rate that range tests find is a high one, and has to come down; one that is given is taken as it is. */
function scheduleFor({ optimizer, lr }: Pick<TuneOptions, "optimizer" | "lr">): ScheduleKind {
  if (optimizer === "adamw") return "cosine";
  return lr === "auto" ? "linear" : "constant";
}

/**
 * Checks what commander read.
 * @throws {UserError} one line that names the option, what it wants and what it got
 */
export function parseOptions(train: string, given: Record<string, unknown>): TuneOptions {
  const parsed = schema.safeParse({ train, ...given });
  if (!parsed.success) throw new UserError(parsed.error.issues[0]?.message ?? "bad options");
  const options = { ...parsed.data, taus: tausOf(parsed.data) };
  refuseWhatDoesNothing(options);
  const last = options.taus === "auto" ? 0 : Math.max(0, ...options.taus.filter((tau) => tau !== "converged"));
  if (options.probeEpochs !== undefined && last > options.probeEpochs)
    throw new UserError(
      `--taus asks for tau ${last}, but --probe-epochs is ${options.probeEpochs}; raise --probe-epochs or leave it out`,
    );
  if (
    options.head === "linear" &&
    ["headWidth", "headDepth", "headActivation", "headDropout"].some((name) => given[name] !== undefined)
  )
    throw new UserError("--head-width, -depth, -activation and -dropout are for --head mlp; add it, or leave them out");
  const schedule = options.schedule ?? scheduleFor(options);
  return {
    ...options,
    schedule,
    warmup: options.warmup ?? (schedule === "constant" ? 0 : 0.05),
    weightDecay: options.weightDecay ?? (options.optimizer === "adamw" ? 0.01 : 0),
    // With a list of taus probing ends at the last; one epoch is run even for `--taus 0`, to have a curve to show.
    probeEpochs: options.probeEpochs ?? (options.taus === "auto" ? 64 : Math.max(Math.ceil(last), 1)),
    threads: options.threads ?? availableParallelism(),
    cache: options.cache ?? join(envPaths("taskhead", { suffix: "" }).cache),
  };
}

/** A method that is made by its tau sets it. */
function tausOf({ method, taus }: Pick<TuneOptions, "method" | "taus">): TuneOptions["taus"] {
  const { tau }: Method = methods[method];
  if (tau === undefined) return taus;
  if (taus !== "auto" && taus.join() !== String(tau))
    throw new UserError(
      `--method ${method} means --taus ${tau}, not ${taus.join()}; leave --taus out, or use --method hp-ft`,
    );
  return [tau];
}

/** An option that would change nothing is a misunderstanding. */
function refuseWhatDoesNothing(options: z.infer<typeof schema>): void {
  const { method, side, reinitBlocks } = options;
  if (side !== undefined && method !== "side")
    throw new UserError("--side is for --method side; add it, or leave --side out");
  if (method === "side" && reinitBlocks > 0)
    throw new UserError(
      "--method side trains a network beside the backbone, so --reinit-blocks has none to start afresh; leave it out",
    );
  const idle = methods[method].trains === "nothing" ? trainingOptions(options) : [];
  if (idle.length > 0)
    throw new UserError(
      `--method ${method} trains nothing after probing, so ${idle.join(", ")} would do nothing; leave it out`,
    );
}

/** The flags given that say how a network is trained, but for those that always have a value: rate, optimizer, epochs. */
function trainingOptions(options: z.infer<typeof schema>): string[] {
  const given: Record<string, boolean> = {
    "--freeze-until": options.freezeUntil !== undefined,
    "--batchnorm": options.batchnorm !== "frozen",
    "--layer-decay": options.layerDecay !== 1,
    "--head-lr": options.headLr !== undefined,
    "--clip-norm": options.clipNorm !== undefined,
    "--augment": options.augment.length > 0,
    "--class-weights": options.classWeights !== undefined,
    "--patience": options.patience !== undefined,
  };
  return Object.keys(given).filter((flag) => given[flag]);
}

/** For options of commands that need no schema. */
export function wholeNumber(given: string): number {
  const value = Number(given);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new InvalidArgumentError("a whole number of at least 1 is wanted");
  return value;
}
