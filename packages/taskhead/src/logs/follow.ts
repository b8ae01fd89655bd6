import { tauKey, type Follower, type Tau, type Trace, type TuneResults } from "@taskhead/core/internals";
import { latest, type LoggedRun, type LogWriter } from "./logged-run.js";
import { outcomePoint, probingCurves, trainingPoints, type Outcome } from "./points.js";

/** What goes on is written so often at most, in milliseconds. */
const patience = 2000;

type Parameters = LoggedRun["parameters"];

/** Where a run is kept and what computes it is no setting of it. */
const local = ["out", "cache", "memory", "wide", "json", "verbose", "log"];

/** Options as settings of a logged run: those that are set. */
export function parametersOf(options: TuneResults["options"]): Parameters {
  const pairs = Object.entries(options).filter(([name, value]) => value !== null && !local.includes(name));
  return Object.fromEntries(pairs) as Parameters;
}

/** Logs a tuning: the curve of probing, and a run for every start. */
export function following(writer: LogWriter): Follower {
  let parameters: Parameters = {};
  let metric: TuneResults["metric"];
  const traces = new Map<Tau, Trace>();
  const writtenAt = new Map<Tau, number>();
  return {
    probed(found) {
      parameters = parametersOf(found.options);
      ({ metric } = found);
      for (const run of probingRuns("probing", found, parameters)) writer.write(run);
    },
    trained(tau, trace, why) {
      traces.set(tau, trace);
      const now = performance.now();
      if (why !== "end" && now - (writtenAt.get(tau) ?? -Infinity) < patience) return;
      writtenAt.set(tau, now);
      writer.write(trialRun(`tau-${tauKey(tau)}`, { ...parameters, tau }, trace, metric));
    },
    finished(results) {
      for (const row of results.rows) {
        const trace = traces.get(row.tau);
        if (!trace) continue;
        const run = trialRun(`tau-${tauKey(row.tau)}`, { ...parameters, tau: row.tau }, trace, metric);
        const outcome: Outcome = {
          ...row,
          testScore: results.best?.tau === row.tau ? results.best.testScore : null,
          oodScores: row.ood.map(({ finetuned }) => finetuned),
        };
        writer.write(ended(run, outcome, metric, row.diverged));
      }
    },
  };
}

/** @param name of the curve; each optimum's is that with its tau */
export function probingRuns(
  name: string,
  { probing, metric, createdAt }: Pick<TuneResults, "probing" | "metric" | "createdAt">,
  parameters: Parameters,
): LoggedRun[] {
  const time = Date.parse(createdAt);
  return probingCurves(probing, metric, time).map(({ tau, points }) => ({
    name: tau === null ? name : `${name}-${tauKey(tau)}`,
    kind: "probing",
    began: time,
    parameters: tau === null ? parameters : { ...parameters, tau },
    points,
    ended: "finished",
  }));
}

export function trialRun(name: string, parameters: Parameters, trace: Trace, metric: TuneResults["metric"]): LoggedRun {
  const { began, learningRate } = trace;
  const rate: Parameters = learningRate === null ? {} : { learning_rate: learningRate };
  return {
    name,
    kind: "trial",
    began,
    parameters: { ...parameters, ...rate },
    points: trainingPoints(trace, metric),
    ended: null,
  };
}

/** The run with what it came to. */
export function ended(run: LoggedRun, outcome: Outcome, metric: TuneResults["metric"], diverged: boolean): LoggedRun {
  const step = run.points.at(-1)?.step ?? 0;
  const last = outcomePoint(outcome, metric, { step, time: latest(run) });
  return { ...run, points: [...run.points, last], ended: diverged ? "failed" : "finished" };
}
