import type { Objective } from "../objectives/objective.js";
import { residualLengths } from "../objectives/energy.js";
import { hardestSamples, type Answered, type HardSample } from "./hardest.js";

/** A sample whose label may be wrong, by the answer of a model that has not learned from it. */
export interface DoubtfulLabel extends Pick<HardSample, "index" | "truth" | "answer" | "loss"> {
  /** ‖e_y − p‖₂, 0..√2 */
  el2n: number;
  /** p of the class that the label names, 0..1 */
  given: number;
  /** p of the answer, 0..1 */
  probability: number;
}

/**
 * The samples whose label is doubtful by confident learning (Northcutt, Jiang and Chuang 2021): another class is the
 * likeliest, and gets at least the probability that this class gets, on average, on samples that carry its label. The
 * highest EL2N first (Paul, Ganguli and Dziugaite 2021).
 * @param answered by models that were not trained on the sample; of one that was, right and wrong labels look alike
 * @param objective a classification
 */
export function doubtfulLabels(answered: Answered, objective: Objective): DoubtfulLabel[] {
  const el2n = residualLengths(objective.residual(answered, answered.targets), objective.outputs);
  return hardestSamples(answered, objective, Infinity, 0)
    .filter(({ doubtful }) => doubtful)
    .map(({ index, truth, answer, loss, probability }) => ({
      index,
      truth,
      answer,
      loss,
      el2n: el2n[index]!,
      given: Math.exp(-loss),
      probability: probability!,
    }))
    .sort((a, b) => b.el2n - a.el2n || a.index - b.index);
}
