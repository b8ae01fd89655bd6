import { fitted } from "../../backbone/fit.js";
import { runSamples } from "../../data/run-samples.js";
import { selected, type Samples } from "../../data/samples.js";
import { pickTargets } from "../../data/targets.js";
import { withSession } from "../../engine/with-session.js";
import { withWeights } from "../../engine/weights.js";
import { withHead } from "../../heads/index.js";
import { meterOf } from "../../objectives/meter.js";
import type { Meter } from "../../objectives/objective.js";
import { scaleOf } from "../../objectives/regression.js";
import { tauKey, type Tau } from "../../probe/taus.js";
import type { FoldRun } from "./folds.js";
import type { Job } from "../job.js";
import { readStops } from "../probing.js";
import { bestWeights } from "../trial/files.js";

/**
 * What the folds' runs say of the samples that they were not trained on, all as one set in the order of the job's training
 * samples.
 * @param taus of each fold's run
 * @throws {DamagedError} if a fold's weights are lost
 */
export async function outOfFoldMeter(job: Job, folds: readonly FoldRun[], taus: readonly Tau[]): Promise<Meter> {
  const { network, data, signal } = job;
  const { engine, objective, train } = data;
  const meter = meterOf(objective, train.targets);
  for (const [i, { store, samples }] of folds.entries()) {
    const stop = (await readStops(store))!.find(({ tau }) => tau === taus[i])!;
    const weights = await bestWeights(store.within(`tau-${tauKey(taus[i]!)}`));
    const headed = withHead(network.backbone, network.head, objective.outputs, stop.head);
    const outputs = headed.graph.outputs.filter(({ name }) => name === "logits");
    const model = withWeights({ ...headed, graph: { ...headed.graph, outputs } }, weights);
    const own = await fitted(network.backbone, selected(train, samples), "training");
    const inUnits = unitsOfFold(job, samples);
    await withSession(engine, model, (session) =>
      runSamples(session, own, signal ? { signal } : {}, {
        logits: (indices, logits) =>
          meter.add(
            indices.map((index) => samples[index]!),
            { logits: inUnits(logits) },
          ),
      }),
    );
  }
  return meter;
}

/** Numbers are standardised by the samples that a network was trained on: in units of the job's, what a fold's network says. */
function unitsOfFold(
  { data: { objective, train } }: Job,
  fold: readonly number[],
): (logits: Float32Array) => Float32Array {
  if (!objective.scale) return (logits) => logits;
  const { mean, deviation } = scaleOf(pickTargets(train.targets, without(train, fold)));
  return (logits) => logits.map((q, i) => q * deviation[i % deviation.length]! + mean[i % mean.length]!);
}

function without({ count }: Samples, fold: readonly number[]): number[] {
  const left = new Set(fold);
  return Array.from({ length: count }, (_, n) => n).filter((n) => !left.has(n));
}
