import { flag, number, otherwise, text, wants, whole, type Kind, type Table } from "@taskhead/core/settings";
import { isRevision } from "../files/hub-address.js";
import { queueUrl, queueVariable, storeAddress } from "../sweep/queue/kinds.js";
import type { WorkOptions } from "../sweep/queue/work.js";
import { drawingsRecipe, type Recipe } from "../demo/recipe.js";
import { messagesRecipe } from "../demo/text/recipe.js";
import { pathTo } from "../options/kinds.js";
import type { TuneOptions } from "../options/options.js";
import type { StudioOptions } from "./studio.js";
import { optionTable, select } from "../options/table.js";

/** The options of commands that take few: entries of the one table, with other words where they mean something else. */

export type InspectOptions = Pick<TuneOptions, "features" | "size" | "json" | "verbose"> &
  Partial<Pick<TuneOptions, "device">>;

/** A page: what else a file may hold is not written over. */
const page: Kind<string> = {
  ...pathTo("file"),
  wants: "a path that ends in .html",
  parse: (given) => (/\.html?$/i.test(given) ? pathTo("file").parse(given) : wants("a path that ends in .html", given)),
};

/** Of commands that keep nothing. */
const device = otherwise(optionTable.device, { otherwise: "cpu" });

export const inspectTable: Table<InspectOptions> = {
  ...select(optionTable, ["features", "size", "json", "verbose"]),
  device: otherwise(
    optionTable.device,
    { otherwise: "nothing is measured" },
    "measure a training step there: which operators it leaves to the processor, and what each costs",
  ),
  size: otherwise(
    optionTable.size,
    { otherwise: "what the files beside the model say, or 64" },
    "side of the images, for a model that takes any",
  ),
};

export interface PredictOptions
  extends Pick<TuneOptions, "text" | "smiles" | "json" | "verbose">, Partial<Pick<TuneOptions, "device">> {
  /** How many classes to show of each sample, the likeliest first. */
  top?: number;
  csv: boolean;
  /** Of a model that gives a class for every pixel: where its masks are written, and the pictures with them. */
  mask?: string;
  overlay?: string;
}

export const predictTable: Table<PredictOptions> = {
  top: {
    kind: whole({ from: 1 }),
    otherwise: "3",
    says: "classes to show of each sample, the likeliest first",
    group: "Run",
  },
  ...select(optionTable, ["text", "smiles"]),
  mask: {
    kind: pathTo("file"),
    otherwise: "not written",
    says: "of segmentation: PNG to write the classes of an image's pixels to, or a folder for several images",
    group: "Run",
  },
  overlay: {
    kind: pathTo("file"),
    otherwise: "not written",
    says: "of segmentation: picture to write with its classes in colour, or a folder for several images",
    group: "Run",
  },
  csv: {
    kind: flag,
    default: false,
    says: "print CSV on standard output, a line per sample, or per word that is tagged",
    group: "Run",
  },
  device,
  ...select(optionTable, ["json", "verbose"]),
};

export interface EvaluateOptions
  extends
    Pick<TuneOptions, "labels" | "columns" | "text" | "smiles" | "label" | "palette" | "ignore" | "json" | "verbose">,
    Partial<Pick<TuneOptions, "device">> {
  /** Where the page is written; beside the model unless given. */
  out?: string;
}

export const evaluateTable: Table<EvaluateOptions> = {
  ...select(optionTable, ["labels", "columns", "text", "smiles", "label", "palette", "ignore"]),
  device,
  out: {
    kind: page,
    otherwise: "evaluate.html in the run folder; of a model of the hub in the working folder",
    says: "where to write the page",
    group: "Run",
  },
  ...select(optionTable, ["json", "verbose"]),
};

export type DemoOptions = Pick<TuneOptions, "out" | "epochs" | "seed" | "wide" | "json" | "verbose"> &
  Partial<Pick<TuneOptions, "device">>;

export const demoTable = demoTableOf(drawingsRecipe, "taskhead-demo", "folder for the images, the run and the page");
export const textDemoTable = demoTableOf(
  messagesRecipe,
  "taskhead-demo-text",
  "folder for the texts, the run and the page",
);

function demoTableOf({ epochs }: Recipe, out: string, says: string): Table<DemoOptions> {
  return {
    ...select(optionTable, ["epochs", "seed", "device", "out", "wide", "json", "verbose"]),
    epochs: otherwise(optionTable.epochs, { default: epochs }, "epochs of fine-tuning"),
    out: otherwise(optionTable.out, { default: out }, says),
  };
}

export type WorkerOptions = Pick<WorkOptions, "queue" | "store" | "lease" | "memory"> &
  Partial<Pick<WorkOptions, "concurrency" | "idle" | "cache">> &
  Pick<TuneOptions, "verbose">;

export const workerTable: Table<WorkerOptions> = {
  queue: {
    kind: queueUrl,
    default: "env",
    says: `Redis or Valkey server of the sweeps: redis://host:6379, rediss:// for TLS; env takes it from ${queueVariable}`,
    group: "Queue",
  },
  store: {
    kind: storeAddress,
    required: true,
    says: "store of the sweeps: their --store, or the run folder of one that has none",
    group: "Queue",
  },
  concurrency: {
    kind: whole({ from: 1, to: 1024 }),
    otherwise: "as many as cores",
    says: "trials at once, each in a process with the threads of its sweep, one unless asked otherwise",
    group: "Queue",
  },
  lease: {
    kind: number({ from: 1, to: 3600 }),
    default: 30,
    says: "seconds without a sign of life after which other workers take a trial over",
    group: "Queue",
    placeholder: "seconds",
  },
  idle: {
    kind: number({ from: 1 }),
    otherwise: "it waits until Ctrl-C",
    says: "seconds with nothing to do after which the worker ends",
    group: "Queue",
    placeholder: "seconds",
  },
  ...select(optionTable, ["memory", "cache", "verbose"]),
};

export interface PushCommandOptions extends Pick<TuneOptions, "json" | "verbose"> {
  private: boolean;
  revision: string;
  message: string;
}

const branch = text("the name of a branch", "branch");

export const pushTable: Table<PushCommandOptions> = {
  private: {
    kind: flag,
    default: false,
    says: "make the repository private, where it is made",
    group: "Run",
  },
  revision: {
    kind: {
      ...branch,
      parse: (given) => (isRevision(given) ? { value: given } : wants(branch.wants, given)),
    },
    default: "main",
    says: "branch to push to, made where it is missing",
    group: "Run",
  },
  message: {
    kind: text("a line", "line"),
    default: "Model fine-tuned by taskhead",
    says: "what the commit says",
    group: "Run",
  },
  ...select(optionTable, ["json", "verbose"]),
};

export interface ReportOptions extends Pick<TuneOptions, "verbose"> {
  out?: string;
}

export const reportTable: Table<ReportOptions> = {
  out: {
    kind: page,
    otherwise: "report.html in the run folder",
    says: "where to write it",
    group: "Run",
  },
  ...select(optionTable, ["verbose"]),
};

export const guideTable = select(optionTable, ["json", "verbose"]);

export const devicesTable = select(optionTable, ["json", "verbose"]);

export const studioTable: Table<StudioOptions> = {
  port: {
    kind: whole({ from: 0, to: 65535 }),
    default: 0,
    says: "port to serve on, of this machine alone; 0 takes one that is free",
    group: "Run",
    placeholder: "n",
  },
  open: {
    kind: flag,
    default: true,
    says: "open the page in the browser",
    off: "print the page's address, and open no browser",
    group: "Run",
  },
};
