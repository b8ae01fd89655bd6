import type { Penalty } from "@taskhead/autograd";

export interface StartingPoint {
  /** Of the pretrained parameters. */
  alpha: number;
  /** Of those that pretraining knows nothing of: the head's, and those of blocks that started afresh. */
  beta: number;
  /** Those. */
  fresh: Iterable<string>;
}

/**
 * L2-SP (Li, Grandvalet and Davoine 2018, "Explicit inductive bias for transfer learning with convolutional networks"):
 * the loss plus α/2 ‖w_S − w_S⁰‖² + β/2 ‖w_S̄‖², S the pretrained parameters that are trained, biases and norms among
 * them, and w⁰ their pretrained values. A penalty for `TrainingOptions.penalty`.
 */
export function aroundStart({ alpha, beta, fresh }: StartingPoint): (parameter: string) => Penalty {
  const own = new Set(fresh);
  return (parameter) =>
    own.has(parameter) ? { strength: beta, around: "zero" } : { strength: alpha, around: "start" };
}
