import { pointOf, readTrace, tauKey, type OnProgress } from "@taskhead/core/internals";
import {
  ended,
  openWriters,
  parametersOf,
  probingRuns,
  trialRun,
  type LoggedRun,
  type LogWriter,
} from "../logs/index.js";
import type { SweepResults, SweepTrial } from "../report/sweep/index.js";
import { effectiveOptions } from "../run/finish-run.js";
import { probingName, trialFolder, type Candidate, type Trial } from "./trial.js";
import type { Workbench } from "./workbench.js";

/**
 * Logs a sweep from its own process, whoever runs the trials: each when it has come to a rung, by what its store then holds. A
 * run for each trial, called as its folder is, and the curve of each probing.
 */
export class SweepLogs {
  readonly #writer: LogWriter;

  private constructor(
    private readonly bench: Workbench,
    private readonly onProgress: OnProgress | undefined,
  ) {
    const { log, out } = bench.options.groups[0]!;
    this.#writer = openWriters(log, out);
  }

  /** @returns undefined unless logs are asked for */
  static of(bench: Workbench, onProgress: OnProgress | undefined): SweepLogs | undefined {
    return bench.options.groups[0]!.log.length > 0 ? new SweepLogs(bench, onProgress) : undefined;
  }

  /** Every head that trials start from. */
  async probed(): Promise<void> {
    const { groups, seeds } = this.bench.options;
    const known = new Set<string>();
    for (const [group, options] of groups.entries())
      for (const seed of seeds) {
        const name = `probing/${probingName(options, seed)}`;
        if (known.has(name)) continue;
        known.add(name);
        const { stops } = await this.bench.probed(group, seed);
        const found = { probing: stops.map(pointOf), metric: this.#metric, createdAt: new Date().toISOString() };
        for (const run of probingRuns(name, found, this.#parameters(group, seed))) this.#writer.write(run);
      }
  }

  /** A trial at a rung, or at its end. */
  async trained(trial: Trial): Promise<void> {
    const run = await this.#runOf(trial);
    if (run) this.#writer.write(run);
  }

  /** Every trial with what it came to; the exported one with its score on test samples. */
  async finished(
    trained: readonly { candidate: Candidate; trials: readonly SweepTrial[] }[],
    { best }: Pick<SweepResults, "best">,
  ): Promise<void> {
    for (const [row, { candidate, trials }] of trained.entries())
      for (const { seed, diverged, adaptation, bestValidationScore, bestEpoch } of trials) {
        const trial = { ...candidate, seed };
        const run = await this.#runOf(trial);
        if (!run) continue;
        const { energy, headNorm, validationScore } = await this.bench.stop(trial);
        const outcome = {
          ...adaptation,
          energy,
          headNorm,
          probeValidationScore: validationScore,
          bestValidationScore,
          bestEpoch,
          testScore: best?.row === row && best.seed === seed ? best.testScore : null,
        };
        this.#writer.write(ended(run, outcome, this.#metric, diverged));
      }
  }

  async #runOf(trial: Trial): Promise<LoggedRun | undefined> {
    const trace = await readTrace(this.bench.storeOf(trial), this.onProgress);
    if (!trace) return undefined;
    const { group, tau, seed } = trial;
    const name = `${trialFolder(this.bench.options, trial).replace(/^trials\//, "")}/tau-${tauKey(tau)}`;
    return trialRun(name, { ...this.#parameters(group, seed), tau }, trace, this.#metric);
  }

  get #metric(): SweepResults["metric"] {
    return this.bench.prepared[0]!.data.objective.metric;
  }

  #parameters(group: number, seed: number): LoggedRun["parameters"] {
    const options = this.bench.options.groups[group]!;
    const { seed: splitSeed, ...others } = parametersOf(effectiveOptions(options, this.bench.prepared[group]!));
    return { ...others, splitSeed: splitSeed!, seed };
  }
}
