import { checked, entriesOf } from "@taskhead/core/settings";
import type { Tau } from "@taskhead/core";
import { z } from "zod";
import { UserError } from "../../files/errors.js";
import { sha256 } from "../../files/sha256.js";
import { optionTable, type TuneOptions } from "../../options/table.js";
import type { SweepOptions } from "../sweep-options.js";
import type { Trial } from "../trial.js";
import type { Workbench } from "../workbench.js";
import { placedFile } from "./files.js";

/** The options that are paths of data or models; a worker has them elsewhere. */
export const placeNames = ["train", "val", "test", "labels", "palette", "backbone", "side"] as const;

/** What a worker decides for its own machine, or has no use for. */
const local = ["memory", "cache", "out", "log", "wide", "json", "verbose"] as const;

/** The options that go with a job. */
const sentNames = entriesOf(optionTable)
  .map(([name]) => name as keyof TuneOptions)
  .filter((name) => ![...placeNames, ...local, "ood"].includes(name));

const settings = z.record(z.string(), z.unknown()).transform((given, context) => {
  const foreign = Object.keys(given).find((name) => !sentNames.includes(name as keyof TuneOptions));
  if (foreign !== undefined) context.addIssue(`'${foreign}' is no setting of a trial`);
  try {
    return checked(optionTable, given);
  } catch (error) {
    context.addIssue((error as Error).message);
    return z.NEVER;
  }
});

const tau = z.custom<Tau>(
  (given) => (typeof given === "number" ? given >= 0 : /^(converged(:0)?|energy:[\d.e+-]+)$/.test(String(given))),
  "is no tau",
);
const run = z.string().regex(/^[0-9a-f]{16}$/);
const sweptAxis = z.string().max(10_000);

/** A trial up to an epoch, as it stands in the queue: all that a worker has to know. */
const schema = z.strictObject({
  format: z.literal(1),
  /** The mark of the sweep's configuration: settings, versions, content of data and models. */
  run,
  /** Of every file that decides the result, as the configuration has it. */
  contents: z.record(z.string().startsWith("content of "), z.string()),
  /** What the sweep took from the hub, by what it was asked for. A worker has it from the store, as all else. */
  commits: z.record(z.string().max(300), z.string().regex(/^[0-9a-f]{40}$/)).optional(),
  /** Where data and models are to be found. */
  files: z.strictObject({
    ...(Object.fromEntries(placeNames.map((name) => [name, placedFile.optional()])) as Record<
      (typeof placeNames)[number],
      z.ZodOptional<typeof placedFile>
    >),
    train: placedFile,
    backbone: placedFile,
    ood: z.array(placedFile),
  }),
  /** The settings of the sweep's first method, head and smoothing, by which it is known; then the trial's own, if others. */
  groups: z.array(settings).min(1).max(2),
  /** As asked. */
  grid: z.strictObject({
    method: sweptAxis,
    head: sweptAxis,
    smoothing: sweptAxis,
    taus: sweptAxis,
    lr: sweptAxis,
    seeds: sweptAxis,
  }),
  others: z.record(z.string().startsWith("--"), z.string().max(10_000)),
  seeds: z.array(z.int().min(0)).min(1),
  halving: z.boolean(),
  trial: z.strictObject({
    group: z.int().min(0).max(1),
    tau,
    learningRate: z.number().positive().nullable(),
    seed: z.int().min(0),
  }),
  /** The epoch to train on to. */
  epochs: z.int().min(1),
});

export type Payload = z.output<typeof schema>;
export type Files = Payload["files"];

/** What all jobs of a sweep have in common. */
export interface SweepOfJobs {
  readonly run: string;
  readonly contents: Readonly<Record<string, string>>;
  readonly files: Files;
}

/** The job of a trial. Plain values; the same trial makes the same text. */
export function payloadOf(
  bench: Pick<Workbench, "options" | "probingAsked">,
  { run, contents, files }: SweepOfJobs,
  trial: Trial,
  epochs: number,
) {
  const { groups, grid, others, seeds, halving } = bench.options;
  const { commits } = groups[0]!;
  const first = sent(groups[0]!);
  // Should a probed head be lost, a worker probes what the sweep did.
  const own = sent({ ...groups[trial.group]!, ...bench.probingAsked(trial.group, trial.seed) });
  const same = JSON.stringify(first) === JSON.stringify(own);
  return {
    format: 1 as const,
    run,
    contents,
    ...(commits === undefined ? {} : { commits }),
    files,
    groups: same ? [first] : [first, own],
    grid,
    others,
    seeds,
    halving,
    trial: { ...trial, group: same ? 0 : 1 },
    epochs,
  };
}

export type SentPayload = ReturnType<typeof payloadOf>;

function sent(options: TuneOptions): Record<string, unknown> {
  return Object.fromEntries(sentNames.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]])));
}

/** By its content: what is added twice is there once. */
export function jobIdOf(payload: SentPayload): string {
  return `trial-${sha256(JSON.stringify(payload)).slice(0, 32)}`;
}

/**
 * Checks what was in the queue before any of it is used.
 * @throws {UserError} one line that says what is wrong with it
 */
export function readPayload(given: unknown): Payload {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  throw new UserError(
    `the job is none of this version's trials: ${path.join(".") || "it"} ${message}; use one version of taskhead for sweep and workers`,
  );
}

/** What a worker runs. @param paths of data and models on this machine @param own what it decides itself */
export function optionsOf(
  { groups, grid, others, seeds, halving, commits }: Payload,
  paths: Pick<TuneOptions, (typeof placeNames)[number] | "ood">,
  own: Pick<TuneOptions, "memory" | "cache" | "out">,
): SweepOptions {
  const whole = groups.map((group) => ({
    log: [],
    wide: false,
    json: false,
    verbose: false,
    ...group,
    ...paths,
    ...own,
    ...(commits ? { commits } : {}),
  }));
  return { groups: whole as TuneOptions[], rates: [], halving, seeds, jobs: 1, grid, others };
}
