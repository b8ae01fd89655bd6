import { resolve } from "node:path";
import { defaultsOf, type Table } from "@taskhead/core/settings";
import { readOptions } from "../options/command-line.js";
import { UserError } from "../files/errors.js";
import { isHubAddress, isRepositoryName, type Commits, type HubKind } from "../files/hub-address.js";
import { namesHub } from "../options/hub-places.js";
import { keptCommit } from "../options/kept.js";
import { parseOptions, type TuneOptions } from "../options/options.js";
import { optionTable, probeTable } from "../options/table.js";
import { readForSome, withTask } from "../run/guess-task.js";
import { addedTable, parseSweep, sharedTable } from "../sweep/read-options.js";
import type { SweepOptions } from "../sweep/sweep-options.js";
import type { Context } from "./context.js";
import {
  demoTable,
  devicesTable,
  evaluateTable,
  guideTable,
  inspectTable,
  predictTable,
  pushTable,
  reportTable,
  studioTable,
  textDemoTable,
  workerTable,
} from "./tables.js";
import { theoryTable } from "./theory-table.js";

/** What a command line asks for, checked: the work itself, which loads what it takes when it is begun. */
export type Work = (context: Context) => unknown;

/** Texts by name, as commander reads them. */
export type Given = Readonly<Record<string, unknown>>;

/** A command as the command line shows it. Cheap to load, as all are for any of them. */
export interface Entry {
  readonly name: string;
  readonly says: string;
  /** After the options in its help. */
  readonly more?: string;
  /** What stands after the command, besides an argument that is in a table. */
  readonly arguments?: readonly (readonly [term: string, says: string])[];
  readonly tables: readonly Table<unknown>[];
  /** Options of other commands that people look for here, and what to do instead; not shown in help. */
  readonly elsewhere?: readonly (readonly [term: string, says: string])[];
  /**
   * Checks what was given.
   * @throws {UserError} one line that names the option, what it wants and what it got
   */
  read(given: Given, first: string, others: string[]): Work | Promise<Work>;
}

/** All commands, in the order of help. */
export const catalogue: readonly Entry[] = [
  {
    name: "tune",
    says: "probe, fine-tune from several taus, report, and export the best model",
    tables: [optionTable],
    read: (given, train) =>
      onceHere({ train, ...given }, tuning, async (options, context) =>
        (await import("./tune.js")).tuneCommand(options, context),
      ),
  },
  {
    name: "probe",
    says: "train the head alone and show energy and score at every tau",
    tables: [probeTable],
    read: (given, train) =>
      onceHere({ train, ...given }, tuning, async (options, context) =>
        (await import("./tune.js")).probeCommand(options, context),
      ),
  },
  {
    name: "sweep",
    says: "fine-tune a grid of candidates over several seeds, the better half going on at each rung",
    more: "--method, --head, --smoothing, --taus and --lr take lists too, separated by commas.",
    tables: [sharedTable, addedTable],
    elsewhere: [
      [
        "--folds <k>",
        "--folds is for tune: a sweep compares over --seeds, on one split; find the candidates here, then give them to tune --folds, as --taus 0,4,16",
      ],
      [
        "--from <run>",
        "--from is for tune: it goes on from one head, and a sweep compares new ones; give tune --from a list of --taus to compare, or this the model of that run as --backbone",
      ],
      ["--starts <n>", "--starts is for tune: a sweep takes four taus by itself; name others by --taus"],
    ],
    async read(given, train) {
      const { grid } = given;
      const file = grid === undefined ? {} : (await import("../sweep/grid-file.js")).readGrid(String(grid));
      const sweeping: Reading<SweepOptions> = {
        parse: (own, commits) => parseSweep(String(own["train"]), without(own, "train"), file, commits),
        jobOf: ({ groups }) => groups[0]!,
      };
      return onceHere({ train, ...given }, sweeping, async (options, context) =>
        (await import("./sweep.js")).sweepCommand(options, context),
      );
    },
  },
  {
    name: "worker",
    says: "run trials of sweeps that were begun with --queue, until Ctrl-C",
    tables: [workerTable],
    read(given) {
      const options = withDefaults(workerTable, given);
      return async (context) => (await import("./worker.js")).workerCommand(options, context);
    },
  },
  {
    name: "inspect",
    says: "what a model holds, and what of it can be trained",
    arguments: [["<model>", "an .onnx file, or a folder with onnx/model.onnx; or hf:org/name"]],
    tables: [inspectTable],
    read(given, model) {
      const options = withDefaults(inspectTable, given);
      return async (context) =>
        (await import("./inspect.js")).inspect(await here(model, "model", context), options, context);
    },
  },
  {
    name: "devices",
    says: "what this machine computes on, and what each other device lacks",
    tables: [devicesTable],
    read(given) {
      const options = withDefaults(devicesTable, given);
      return async (context) => (await import("./devices.js")).devicesCommand(options, context);
    },
  },
  {
    name: "predict",
    says: "what a fine-tuned model says of images, texts or molecules",
    more: "Ends with exit code 2 if an image could not be read; the others are answered all the same.",
    arguments: [
      ["<out>", "run folder of taskhead tune, or its model folder; or hf:org/name that was pushed from one"],
      [
        "<samples...>",
        "image files, folders of them, or patterns such as 'photos/**/*.jpg'; or texts or SMILES, tables or .conll files of them, .txt files, - for the lines of standard input; or .jsonl files of graphs",
      ],
    ],
    tables: [predictTable],
    read(given, out, samples) {
      const options = withDefaults(predictTable, given);
      return async (context) =>
        (await import("./predict.js")).predictCommand(await here(out, "folder", context), samples, options, context);
    },
  },
  {
    name: "evaluate",
    says: "score a fine-tuned model on labelled samples, and show what it gets wrong",
    arguments: [
      ["<out>", "run folder of taskhead tune, or its model folder; or hf:org/name that was pushed from one"],
      ["<samples>", "labelled samples, as the training samples were given"],
    ],
    tables: [evaluateTable],
    read(given, out, [samples]) {
      const options = withDefaults(evaluateTable, given);
      // A page has no place in a cache.
      const page = isHubAddress(out) ? { out: resolve("evaluate.html") } : {};
      return async (context) => {
        const model = await here(out, "folder", context);
        const labelled = await here(samples!, "dataset", context);
        return (await import("./evaluate.js")).evaluateCommand(model, labelled, { ...page, ...options }, context);
      };
    },
  },
  {
    name: "push",
    says: "upload a run's model, with its card, to the Hugging Face hub",
    more: "HF_TOKEN in the environment is the token, which has to be one that may write. Of the run nothing but its model folder is uploaded.",
    arguments: [
      ["<run>", "run folder of taskhead tune or taskhead sweep, or its model folder"],
      ["<name>", "org/name, a repository of models; it is made where it is missing"],
    ],
    tables: [pushTable],
    read(given, run, [to]) {
      const options = withDefaults(pushTable, given);
      const name = to!.replace(/^hf:(\/\/)?/, "");
      if (!isRepositoryName(name)) throw new UserError(`push wants org/name of the hub, not '${to}'`);
      return async (context) => (await import("./push.js")).pushCommand(run, name, options, context);
    },
  },
  {
    name: "guide",
    says: "which regime a task is in, how sure that is, and what to try next, from runs that are finished or only probed",
    arguments: [["<runs...>", "run folder of taskhead tune or probe, or several that differ in --seed alone"]],
    tables: [guideTable],
    read(given, first, others) {
      const options = withDefaults(guideTable, given);
      return async (context) => (await import("./guide.js")).guideCommand([first, ...others], options, context);
    },
  },
  {
    name: "report",
    says: "write the report of a finished run or sweep again, with this version's plots and words",
    arguments: [["<run>", "run folder of taskhead tune or taskhead sweep"]],
    tables: [reportTable],
    read(given, run) {
      const { out } = readOptions(reportTable, given);
      return async (context) => (await import("./report.js")).reportCommand(run, out, context);
    },
  },
  {
    name: "theory",
    says: "probe and fine-tune the overparameterised linear model, exactly, and plot what tau does to it",
    tables: [theoryTable],
    read(given) {
      const options = withDefaults(theoryTable, given);
      return async (context) => (await import("./theory.js")).theoryCommand(options, context);
    },
  },
  {
    name: "studio",
    says: "serve the page that fine-tunes in a browser tab, and open it",
    tables: [studioTable],
    read(given) {
      const options = withDefaults(studioTable, given);
      return async (context) => (await import("./studio.js")).studioCommand(options, context);
    },
  },
  {
    name: "demo",
    says: "draw a small task and fine-tune the embedded backbone on it",
    tables: [demoTable],
    read(given) {
      const options = withDefaults(demoTable, given);
      return async (context) =>
        (await import("./demo.js")).demo((await import("../demo/drawings.js")).drawings, options, context);
    },
  },
  {
    name: "demo-text",
    says: "write a small task of texts and fine-tune the embedded encoder on it",
    tables: [textDemoTable],
    read(given) {
      const options = withDefaults(textDemoTable, given);
      return async (context) =>
        (await import("./demo.js")).demo((await import("../demo/text/messages.js")).messages, options, context);
    },
  },
];

/** A place on this machine; what is on the hub is fetched. */
async function here(place: string, what: HubKind | "folder", context: Context): Promise<string> {
  if (!isHubAddress(place)) return place;
  const [hub, { callerOf }] = await Promise.all([import("../hub/places.js"), import("./context.js")]);
  return what === "folder"
    ? hub.fetchModelFolder(place, callerOf(context))
    : hub.fetchPlace(place, what, callerOf(context));
}

/** Makes options of what was given. */
interface Reading<T> {
  /** @param commits of what was fetched from the hub */
  parse(given: Given, commits?: Commits): T;
  /** One of the jobs that the options are for, which differ neither in samples nor in model. */
  jobOf(options: T): TuneOptions;
}

const tuning: Reading<TuneOptions> = {
  parse: (given, commits) => parseOptions(String(given["train"]), without(given, "train"), commits),
  jobOf: (options) => options,
};

function without(given: Given, name: string): Given {
  return Object.fromEntries(Object.entries(given).filter(([other]) => other !== name));
}

/**
 * What is wrong with options is said at once; what they name on the hub is fetched when the work is begun, and the samples are
 * asked for the task then.
 */
function onceHere<T>(
  given: Given,
  { parse, jobOf }: Reading<T>,
  work: (options: T, context: Context) => unknown,
): Work {
  readForSome(given, (own) => parse(own));
  return async (context) => {
    const [local, commits] = await fetched(given, context);
    const { options, said } = await withTask(local, (own) => parse(own, commits), jobOf);
    if (said !== undefined) context.progress.say(said);
    return work(options, context);
  };
}

/** What was given, with what it names on the hub on this machine. */
async function fetched(given: Given, context: Context): Promise<[local: Given, commits?: Commits]> {
  if (!namesHub(given)) return [given];
  const [{ fetchPlaces }, { callerOf }] = await Promise.all([import("../hub/places.js"), import("./context.js")]);
  const out = String(given["out"] ?? optionTable.out.default);
  const local = await fetchPlaces(given, (asked) => keptCommit(out, asked), callerOf(context));
  return [local.given, local.commits];
}

/** @throws {UserError} one line that names the option, what it wants and what it got */
function withDefaults<S>(table: Table<S>, given: Given): S {
  return { ...defaultsOf(table), ...readOptions(table, given) } as S;
}
