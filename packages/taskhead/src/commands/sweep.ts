import type { Command } from "commander";
import { type MethodName, methods } from "@taskhead/core/internals";
import { otherwise, text, whole, type Table } from "@taskhead/core/settings";
import { UserError } from "../files/errors.js";
import type { SweepResults } from "../report/sweep/index.js";
import { axes, product, readGrid, values, type Grid } from "../sweep/grid.js";
import { defaultRates, parseRate } from "../sweep/rate.js";
import { sweep } from "../sweep/sweep.js";
import type { SweepOptions } from "../sweep/sweep-options.js";
import { sweepSummary } from "../terminal/sweep-table.js";
import { addOptions, readOptions, readValue, usually } from "../options/command-line.js";
import { pathTo } from "../options/kinds.js";
import { parseOptions, type TuneOptions } from "../options/options.js";
import { optionTable } from "../options/table.js";
import { callerOf, type Context } from "./context.js";

type Point = Record<"method" | "head" | "smoothing", string>;

/** What a sweep adds to the options of `tune`. */
interface Added {
  seeds: string;
  grid?: string;
  jobs?: number;
}

const addedTable: Table<Added> = {
  seeds: {
    kind: text("numbers separated by commas", "list"),
    default: "0,1,2",
    says: "of heads and of the order of batches",
    group: "Sweep",
  },
  grid: {
    kind: pathTo("file"),
    otherwise: "none",
    says: `YAML file that maps axes (${axes.join(", ")}) to values, in place of their flags`,
    group: "Sweep",
  },
  jobs: {
    kind: whole({ from: 1 }),
    otherwise: "as many as threads, if memory allows",
    says: "trials at once, which share the threads",
    group: "Sweep",
  },
};

/** What each axis is unless given. */
const defaults = {
  ...(Object.fromEntries(
    axes.map((axis) => [axis, usually(axis === "seeds" ? addedTable.seeds : optionTable[axis])]),
  ) as Grid),
  lr: defaultRates,
};

/** As `tune`, with other words for what a list or another option takes over. */
const sharedTable: Table<TuneOptions> = {
  ...optionTable,
  lr: otherwise(
    optionTable.lr,
    { otherwise: defaultRates },
    "learning rates of fine-tuning; auto is what a range test finds for a tau",
  ),
  seed: { ...optionTable.seed, says: "seed of the split; the rest is for --seeds" },
};

/** `taskhead sweep`: all of `tune`'s options, some of them lists. */
export function registerSweep(program: Command, context: Context): void {
  addOptions(addOptions(program.command("sweep"), sharedTable), addedTable)
    .description("fine-tune a grid of candidates over several seeds, the better half going on at each rung")
    .addHelpText("after", "\n--method, --head, --smoothing, --taus and --lr take lists too, separated by commas.")
    .action(
      async (train: string, given: Record<string, unknown>) =>
        void (await sweepCommand(parseSweep(train, given), context)),
    );
}

/**
 * Checks what commander read.
 * @throws {UserError} one line that names the option, what it wants and what it got
 */
export function parseSweep(train: string, given: Readonly<Record<string, unknown>>): SweepOptions {
  const { grid: gridFile, jobs, seeds, ...shared } = given;
  const added = readOptions(addedTable, { grid: gridFile, jobs, seeds });
  const file = added.grid === undefined ? {} : readGrid(added.grid);
  const twice = axes.find((axis) => given[axis] !== undefined && file[axis] !== undefined);
  if (twice) throw new UserError(`--${twice} is given and stands in --grid ${String(gridFile)}; leave one out`);
  const grid = Object.fromEntries(axes.map((axis) => [axis, file[axis] ?? given[axis] ?? defaults[axis]])) as Grid;
  const points = product({
    method: values(grid.method),
    head: values(grid.head),
    smoothing: values(grid.smoothing),
  });
  const rates = values(grid.lr).map(parseRate);
  // A number among the rates makes the schedule that of numbers, for all alike.
  const fixed = rates.find((rate) => "fixed" in rate);
  const lr = fixed ? String(fixed.fixed) : "auto";
  const groups = points.map((point) =>
    parseOptions(train, { ...givenFor(point, grid, shared), ...point, taus: tausFor(point, grid), lr }),
  );
  return {
    groups,
    rates,
    seeds: values(grid.seeds).map((seed) => readValue("--seeds", optionTable.seed.kind, seed)),
    jobs: added.jobs ?? groups[0]!.threads,
    grid,
  };
}

/** A method that is made by its tau sets it. */
function tausFor({ method }: Point, { taus }: Grid): string {
  return Object.hasOwn(methods, method) && "tau" in methods[method as MethodName] ? "auto" : taus;
}

/** What is for one head or one method only is kept from the others of a list. */
function givenFor(
  { method, head }: Point,
  grid: Grid,
  given: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const { side, headWidth, headDepth, headActivation, headDropout, ...rest } = given;
  const ofMlp = { headWidth, headDepth, headActivation, headDropout };
  return {
    ...rest,
    ...(head === "mlp" || !values(grid.head).includes("mlp") ? ofMlp : {}),
    ...(method === "side" || !values(grid.method).includes("side") ? { side } : {}),
  };
}

/** The table, or one JSON object, on standard output. */
export async function sweepCommand(options: SweepOptions, context: Context): Promise<SweepResults> {
  const results = await sweep(options, callerOf(context));
  const { out, json } = options.groups[0]!;
  if (json) {
    const model = results.best ? `${out}/model` : null;
    context.print(JSON.stringify({ ...results, report: `${out}/report.html`, model }));
    return results;
  }
  context.print(sweepSummary(results));
  if (results.best) context.print(`model:  ${out}/model`);
  context.print(`report: ${out}/report.html`);
  return results;
}
