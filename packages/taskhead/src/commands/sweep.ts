import type { Command } from "commander";
import { methods, type MethodName } from "@taskhead/core";
import { resolve } from "node:path";
import { UserError } from "../files/errors.js";
import type { SweepResults } from "../report/sweep/index.js";
import { axes, product, readGrid, values, type Axis, type Grid } from "../sweep/grid.js";
import { defaultRates, parseRate, type Rate } from "../sweep/rate.js";
import { sweep } from "../sweep/sweep.js";
import { sweepSummary } from "../terminal/sweep-table.js";
import { describeOptions, parseOptions, toNumber, type TuneOptions } from "../options/options.js";
import type { Context } from "../run/context.js";

/** What `sweep` does, every option checked. Plain values: trials run in processes of their own. */
export interface SweepOptions {
  /** One for each method, head and smoothing; they differ in nothing else. */
  groups: TuneOptions[];
  rates: Rate[];
  seeds: number[];
  /** Trials at once; one per thread unless given. */
  jobs: number;
  /** As asked. */
  grid: Grid;
}

type Point = Record<"method" | "head" | "smoothing", string>;

const defaults: Partial<Grid> = { lr: defaultRates, seeds: "0,1,2" };

/** `taskhead sweep`: all of `tune`'s options, some of them lists. */
export function registerSweep(program: Command, context: Context): void {
  const command = describeOptions(program.command("sweep"), "tune")
    .description("fine-tune a grid of candidates over several seeds, the better half going on at each rung")
    .option("--seeds <list>", "of heads and of the order of batches", defaults.seeds)
    .option("--grid <file>", `YAML file that maps axes (${axes.join(", ")}) to values, in place of their flags`)
    .option("--jobs <n>", "trials at once, which share --threads (default: as many as threads, if memory allows)")
    .addHelpText("after", "\n--method, --head, --smoothing, --taus and --lr take lists too, separated by commas.");
  const lr = command.options.find((option) => option.long === "--lr")!;
  lr.description = "learning rates of fine-tuning; auto is what a range test finds for a tau";
  lr.defaultValueDescription = defaultRates;
  const seed = command.options.find((option) => option.long === "--seed")!;
  seed.description = "of the split; the rest is for --seeds";
  command.action(async (train: string, given: Record<string, unknown>) => {
    const asked = axes.filter((axis) => command.getOptionValueSource(axis) === "cli");
    await sweepCommand(parseSweep(train, given, asked), context);
  });
}

/**
 * Checks what commander read.
 * @param asked the axes whose flags were given; the others have values that are no user's
 * @throws {UserError} one line that names the option, what it wants and what it got
 */
export function parseSweep(train: string, given: Record<string, unknown>, asked: readonly Axis[]): SweepOptions {
  const file = given["grid"] === undefined ? {} : readGrid(resolve(String(given["grid"])));
  const twice = asked.find((axis) => file[axis] !== undefined);
  if (twice) throw new UserError(`--${twice} is given and stands in --grid ${String(given["grid"])}; leave one out`);
  const grid = Object.fromEntries(
    axes.map((axis) => [axis, file[axis] ?? (asked.includes(axis) ? undefined : defaults[axis]) ?? given[axis]]),
  ) as Grid;
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
    parseOptions(train, { ...givenFor(point, grid, given), ...point, taus: tausFor(point, grid), lr }),
  );
  const { threads } = groups[0]!;
  return {
    groups,
    rates,
    seeds: values(grid.seeds).map((seed) => checked("--seeds", seed, { from: 0, to: 2 ** 31 - 1, whole: true })),
    jobs: given["jobs"] === undefined ? threads : checked("--jobs", String(given["jobs"]), { from: 1, whole: true }),
    grid,
  };
}

/** A method that is made by its tau sets it. */
function tausFor({ method }: Point, { taus }: Grid): string {
  return Object.hasOwn(methods, method) && "tau" in methods[method as MethodName] ? "auto" : taus;
}

/** What is for one head or one method only is kept from the others of a list. */
function givenFor({ method, head }: Point, grid: Grid, given: Record<string, unknown>): Record<string, unknown> {
  const { side, headWidth, headDepth, headActivation, headDropout, ...rest } = given;
  const ofMlp = { headWidth, headDepth, headActivation, headDropout };
  return {
    ...rest,
    ...(head === "mlp" || !values(grid.head).includes("mlp") ? ofMlp : {}),
    ...(method === "side" || !values(grid.method).includes("side") ? { side } : {}),
  };
}

function checked(flag: string, given: string, range: Parameters<typeof toNumber>[2]): number {
  const value = toNumber(flag, given, range);
  if (typeof value === "number") return value;
  throw new UserError(value);
}

/** The table, or one JSON object, on standard output. */
export async function sweepCommand(options: SweepOptions, context: Context): Promise<SweepResults> {
  const results = await sweep(options, context);
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
