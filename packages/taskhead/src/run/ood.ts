import { accuracy, imageInputs, predict, withHead, type Weights } from "@taskhead/core";
import type { OodScore } from "../report/index.js";
import type { Finetuning } from "./finetuning.js";

/**
 * Accuracy on each out-of-distribution set, before and after fine-tuning: fine-tuning may lose there what it wins at home
 * (Kumar et al. 2022).
 * @param finetuned the weights of the best epoch
 */
export async function scoreOod(
  { engine, backbone, head, data, stop }: Finetuning,
  finetuned: Weights,
): Promise<OodScore[]> {
  if (data.ood.length === 0) return [];
  const classes = data.classes.length;
  const headed = withHead(backbone, head, classes, stop.head);
  const sets = data.ood.map((set) => imageInputs(engine, backbone, set.images));
  const accuracies = async (weights: Weights): Promise<number[]> =>
    (await predict(engine, headed, weights, sets)).map(({ logits }, i) =>
      accuracy(logits, data.ood[i]!.images.labels, classes),
    );
  const [before, after] = [await accuracies(stop.head), await accuracies(finetuned)];
  return before.map((probing, i) => ({ probing, finetuned: after[i]! }));
}
