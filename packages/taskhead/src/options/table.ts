import type { Device } from "@taskhead/core";
import type { Augmentation } from "@taskhead/core/internals";
import {
  entriesOf,
  flag,
  groups,
  list,
  number,
  oneOf,
  otherwise,
  settingTable,
  someOf,
  text,
  triple,
  whole,
  wordOr,
  type Settings,
  type Table,
} from "@taskhead/core/settings";
import type { Commits } from "../files/hub-address.js";
import { logFormats, type LogFormat } from "../logs/formats.js";
import { classWeightsFile, paths, pathTo, pixelSize, placeOf } from "./kinds.js";

/** What onnxruntime-node computes on, somewhere. */
export type NodeDevice = Exclude<Device, "wasm">;

export type Triple = readonly [number, number, number];

/** Where a tuning in Node finds its data and keeps its results, and how it reads samples. Paths are absolute. */
export interface Places {
  train: string;
  val?: string;
  /** A table of targets beside the images. */
  labels?: string;
  /** The columns of a table that hold targets, of several labels or numbers. */
  columns?: string[];
  /** The column of a table that holds texts; two of pairs. */
  text?: string[];
  /** The column of a table that holds the class or the number. */
  label?: string;
  /** The column of a table that holds molecules. */
  smiles?: string;
  /** How validation samples are split from the training samples; by scaffold for molecules unless given, else at random. */
  split?: "random" | "scaffold";
  /** The column of groups, samples of which stay on one side of the split. */
  group?: string;
  /** How many folds validate one after the other; absent for one split. */
  folds?: number;
  /** Which of a graph network's inputs is which: `x=atoms`. */
  inputs?: string[];
  /** The most tokens of a text; what is longer is cut. */
  maxLength?: number;
  /** What images are resized to, in pixels: the side of a square, or width and height. */
  size?: number | { width: number; height: number };
  /** Of masks: a file of classes, and the value that does not count. */
  palette?: string;
  ignore?: number;
  /** Per channel, in units of pixels / 255; `auto` measures the usual ones on training images. */
  mean?: Triple | "auto";
  std?: Triple;
  augment: Augmentation[];
  test?: string;
  /** Folders of images from elsewhere, with the same targets; measured, never chosen by. */
  ood: string[];
  backbone: string;
  /** A finished run to go on from: its model is the backbone, its head the start. */
  from?: string;
  /** The side network of side-tuning, a model file; the backbone itself unless given. */
  side?: string;
  /** What computes; `auto` is the fastest of this machine. */
  device: NodeDevice | "auto";
  threads: number;
  /** For decoded images, in MB; what does not fit goes to a file in `cache`. */
  memory: number;
  cache: string;
  out: string;
  /** All columns of the table, however wide the terminal is. */
  /** In which formats curves and settings are logged, in the run folder. */
  log: LogFormat[];
  wide: boolean;
  json: boolean;
  verbose: boolean;
}

/** Every option that there is, checked. `auto` and absent values are settled once the data are known. */
export interface Optioned extends Settings, Places {}

/** What `tune` and `probe` do. */
export interface TuneOptions extends Optioned {
  /** What was fetched from the hub for it, so that a run goes on with the same. */
  readonly commits?: Commits;
}

/** In the order of help. */
export const optionGroups = groups.flatMap((group) => (group === "Data" ? ([group, "Testing"] as const) : [group]));
export type OptionGroup = (typeof optionGroups)[number];

/** What comes after probing: groups, and an option. */
const afterProbing: readonly string[] = ["Testing", "Method", "Fine-tuning", "Schedule", "Candidates", "wide", "folds"];

/** All augmentations, in the order in which they are applied; core's list without core, which takes long to load. */
const augmentations = Object.keys({
  flip: true,
  shift: true,
  crop: true,
  colour: true,
} satisfies Record<Augmentation, true>) as Augmentation[];

const nodeDevices = Object.keys({
  auto: true,
  cpu: true,
  webgpu: true,
  cuda: true,
  coreml: true,
  dml: true,
} satisfies Record<NodeDevice | "auto", true>) as (NodeDevice | "auto")[];

/** What is given most often leads its group. */
const sources: Table<Pick<Places, "train" | "val" | "backbone">, OptionGroup> = {
  train: {
    kind: placeOf("dataset"),
    required: true,
    says: "training samples: a folder of images, one folder per class or with a file of labels, a table that names images, or WebDataset archives (.tar, .tar.gz); images/ and masks/ with a class for every pixel; or texts in a table (.csv, .tsv, .jsonl, .json, .parquet), in one folder per class, in archives, or in the folder of a Hugging Face data set; or words with their tags (.conll, or lists of both in a table or archives); or molecules in a table, or graphs as JSON lines; or any of these as hf:org/name",
    group: "Data",
    decides: false,
  },
  val: {
    kind: placeOf("dataset"),
    otherwise: "split from the training samples",
    says: "validation samples, as the training samples are given",
    group: "Data",
    decides: false,
  },
  backbone: {
    kind: placeOf("model"),
    otherwise: "the model of --from, one of which has to be given",
    says: "pretrained model, an .onnx file or a folder with onnx/model.onnx; or hf:org/name, with @revision and the path of an .onnx file behind it where you like",
    group: "Backbone",
    decides: false,
  },
};

const places: Table<Omit<Places, keyof typeof sources>, OptionGroup> = {
  labels: {
    kind: text("a file, or names of columns separated by commas", "file|names"),
    otherwise: "metadata.csv, metadata.jsonl, metadata.parquet or labels.csv, in a folder that has no class folders",
    says: "of a folder of images a table of targets beside them, with the column file_name; of a table the columns of several labels, each yes, no or blank",
    group: "Data",
    decides: false,
  },
  columns: {
    kind: list(text("the name of a column"), {
      text: "names of columns separated by commas",
      values: "a list of names of columns",
    }),
    otherwise: "guessed from usual names, or all that hold labels or numbers",
    says: "columns of a table, of the file of labels, or fields of archives' JSON, that hold targets",
    group: "Data",
  },
  text: {
    kind: list(text("the name of a column"), {
      text: "one or two names of columns separated by commas",
      values: "a list of names of columns",
    }),
    otherwise: "guessed from usual names",
    says: "column of texts, or of lists of words, in a table; two for pairs of texts",
    group: "Data",
    decides: false,
  },
  label: {
    kind: text("the name of a column"),
    otherwise: "guessed from usual names",
    says: "column of a table or of the file of labels, or field of archives' JSON, that holds the class, the number, or the tags of words",
    group: "Data",
    decides: false,
  },
  smiles: {
    kind: text("the name of a column", "column"),
    otherwise: "guessed from usual names",
    says: "column of a table that holds molecules as SMILES",
    group: "Data",
    decides: false,
  },
  split: {
    kind: oneOf(["random", "scaffold"]),
    otherwise: "scaffold for molecules, else random",
    says: "how validation samples are split from the training samples: random, or scaffold, which keeps molecules with the same ring systems (Bemis-Murcko) on one side",
    group: "Data",
    placeholder: "way",
  },
  group: {
    kind: text("the name of a column", "column"),
    otherwise: "none are kept together",
    says: "column of groups, such as patients or authors, none of which is trained and validated on; of images of the file of labels, or of metadata.csv beside class folders, or folder: the folders below those of the classes",
    group: "Data",
  },
  folds: {
    kind: whole({ from: 2, to: 100 }),
    otherwise: "one split",
    says: "cross-validation: a run for each of k folds of the training samples, which validates what the others train, then one on all samples, which is exported",
    group: "Data",
    placeholder: "k",
  },
  inputs: {
    kind: list(text("what an input is for and its name"), {
      text: "pairs such as x=atoms,edge_index=bonds",
      values: "a list of pairs such as x=atoms",
    }),
    otherwise: "by their names, types and shapes",
    says: "which of a graph network's inputs is which: x, edge_index, edge_attr, batch, node_counts and so on, each = its name",
    group: "Backbone",
    decides: false,
    placeholder: "pairs",
  },
  maxLength: {
    kind: whole({ from: 4, to: 65536 }),
    otherwise: "what the model's files say, 512 at most",
    says: "tokens of a text, special ones among them; longer ones are cut",
    group: "Data",
    decides: false,
    placeholder: "tokens",
  },
  // Size, mean and std decide by what they make of the preprocessing, which a run's identity has whole.
  size: {
    kind: pixelSize,
    otherwise: "what the model or the files beside it say, or 64",
    says: "side to resize images to, or width x height, such as 192x144",
    group: "Data",
    decides: false,
    placeholder: "pixels",
  },
  // What they make of masks is in the content of the training folder.
  palette: {
    kind: pathTo("file"),
    otherwise: "classes.json in the folder of images and masks, or above it; else the values that masks hold",
    says: "JSON file of masks' classes: a list of names, or names with their values or colours",
    group: "Data",
    decides: false,
  },
  ignore: {
    kind: whole({ from: 0, to: 0xffffff }),
    otherwise: "what the file of classes says, else 255",
    says: "value of masks where a pixel does not count",
    group: "Data",
    decides: false,
    placeholder: "value",
  },
  mean: {
    kind: { ...wordOr("auto", triple()), placeholder: "r,g,b" },
    otherwise: "what the model or the files beside it say, or ImageNet's",
    says: "subtracted from pixels in 0..1; auto measures the usual ones, and finds --std too",
    group: "Data",
    decides: false,
  },
  std: {
    kind: triple({ above: 0 }),
    otherwise: "as for --mean",
    says: "then divided by",
    group: "Data",
    decides: false,
  },
  test: {
    kind: placeOf("dataset"),
    otherwise: "nothing is tested",
    says: "test samples, scored once, with the winner",
    group: "Testing",
    decides: false,
  },
  ood: {
    kind: paths,
    default: [],
    says: "samples from elsewhere, same classes, to report beside; repeatable",
    group: "Testing",
    decides: false,
  },
  // What it has learned is in the content of the backbone.
  from: {
    kind: pathTo("dir"),
    otherwise: "the head starts anew",
    says: "run folder to go on from, with other samples or classes: the backbone and the head are its exported model's, and options that are not given are as they were there",
    group: "Backbone",
    decides: false,
    placeholder: "run",
  },
  side: {
    kind: placeOf("model"),
    otherwise: "the backbone's own",
    says: "side network of the method side, an .onnx file",
    group: "Method",
    decides: false,
  },
  augment: {
    kind: someOf(augmentations),
    default: [],
    says: `change training images at random in fine-tuning: ${augmentations.join()}; none unless given, as a flip can change a class`,
    group: "Fine-tuning",
  },
  // In a run's identity where it is no processor: results differ in the last digits.
  device: {
    kind: oneOf(nodeDevices),
    otherwise: "cpu; of a run that goes on the one that it began with",
    says: "what computes: cpu, a GPU by webgpu (which comes with the runtime), cuda, coreml or dml where their files are, or auto, the fastest of these (taskhead devices)",
    group: "Run",
  },
  threads: {
    kind: whole({ from: 1, to: 1024 }),
    otherwise: "all cores; of a run that goes on those that it began with",
    says: "threads of the runtime",
    group: "Run",
  },
  memory: {
    kind: number({ from: 0 }),
    default: 1024,
    says: "memory for images, and for maps and activations at a cut, in MB each; what takes more is kept in the cache folder",
    group: "Run",
    decides: false,
    placeholder: "mb",
  },
  cache: {
    kind: pathTo("dir"),
    otherwise: "the user's cache folder",
    says: "folder for features and images that later runs can use again",
    group: "Run",
    decides: false,
  },
  out: {
    kind: pathTo("dir"),
    default: "taskhead-run",
    says: "run folder; the same command resumes from it",
    group: "Run",
    decides: false,
  },
  log: {
    kind: someOf(logFormats),
    default: [],
    says: "write logs for these programs into logs/ of the run folder, of all that the run records: tensorboard, mlflow, wandb; a run may go on with others",
    group: "Run",
    decides: false,
  },
  wide: {
    kind: flag,
    default: false,
    says: "show every column of the table: how far features moved in cosine, dot and norm, rates, times",
    group: "Run",
    decides: false,
  },
  json: {
    kind: flag,
    default: false,
    says: "print one JSON object on standard output",
    group: "Run",
    decides: false,
  },
  verbose: {
    kind: flag,
    default: false,
    says: "show the stack of an error",
    group: "Run",
    decides: false,
  },
};

const ungrouped: Table<Optioned, OptionGroup> = {
  ...sources,
  ...settingTable,
  ...places,
  task: otherwise(settingTable.task, {
    otherwise: "taken from the training samples, and said; classification where they do not tell",
  }),
  optimizer: { ...settingTable.optimizer, says: "sgd or adamw, in fine-tuning; for texts adamw unless given" },
  batch: { ...settingTable.batch, says: "samples per step; for texts 32 unless given, for masks 8" },
  epochs: { ...settingTable.epochs, says: "epochs of fine-tuning; for texts 4 unless given" },
  classWeights: {
    ...settingTable.classWeights,
    kind: classWeightsFile,
    says: "in fine-tuning: balanced, or a JSON file of class names and weights",
  },
};

/** Every option of `tune`, group by group: command line, checks, defaults, run identity and docs/options.md follow it. */
export const optionTable = Object.fromEntries(
  optionGroups.flatMap((group) => Object.entries(ungrouped).filter(([, entry]) => entry.group === group)),
) as unknown as Table<Optioned, OptionGroup>;

/** The options that `probe` has a use for. */
export const probeTable = select(
  optionTable,
  entriesOf(optionTable).flatMap(([name, { group }]) =>
    afterProbing.includes(group) || afterProbing.includes(name) ? [] : [name as keyof Optioned],
  ),
);

/** Some entries of a table, in the order of their names. */
export function select<S, N extends keyof S>(table: Table<S>, names: readonly N[]): Table<Pick<S, N>> {
  return Object.fromEntries(names.map((name) => [name, table[name]])) as unknown as Table<Pick<S, N>>;
}
