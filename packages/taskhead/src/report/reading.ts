import type { DataSummary, ObjectiveName } from "@taskhead/core/internals";
import { unitNoun } from "../words/subject.js";
import { escapeHtml } from "./escape.js";

/** What the head makes of features. */
const answers: Record<ObjectiveName, string> = {
  classification: "class scores",
  "multi-label": "a score for each label",
  regression: "the numbers to predict",
  "token-classification": "a score for each tag",
  segmentation: "class scores at every place of its map",
};

/** What energy measures: the length of the residual. */
const gaps: Record<ObjectiveName, string> = {
  classification:
    "between the predicted probabilities and the right answer, from 0 (sure and right) to √2 (sure and wrong)",
  "multi-label": "between the predicted probabilities and the labels that are known, 0 where all are sure and right",
  regression: "between the predicted numbers and the right ones, in standard deviations, 0 where all are right",
  "token-classification":
    "between the predicted probabilities and a word's right tag, from 0 (sure and right) to √2 (sure and wrong)",
  segmentation:
    "between the predicted probabilities and the right class at every labelled pixel, from 0 (sure and right) to √2 (sure and wrong)",
};

/** What the score says, where it is not a plain share of right answers. */
export const scores: Record<ObjectiveName, (sample: string) => string> = {
  classification: () => "",
  "multi-label": (sample) =>
    `<p><strong>ROC-AUC</strong> of a label is how often ${withArticle(sample)} that has it gets a higher probability than one that has
not: 0.5 is guessing, 1 is perfect. It does not depend on where the line between yes and no is drawn. The mean is over the
labels for which there are ${sample}s of both kinds.</p>`,
  regression: () =>
    `<p><strong>R²</strong> of a number is the part of its variance that the predictions explain: 1 is perfect, 0 is as good as
always saying the mean, and below 0 is worse than that. <strong>RMSE</strong>, the root of the mean squared error, says how far
off predictions are, in the number's own unit.</p>`,
  "token-classification": () =>
    `<p><strong>Entity F1</strong> counts entities, not words: one is right where its first word, its last and its type are, and F1 is
2 · right / (found + there), over all sentences at once. 0 finds nothing, 100 % is perfect; where tags name no entities, the score
is the share of words that are tagged right.</p>`,
  segmentation: () =>
    `<p><strong>IoU</strong> of a class is the part of the pixels that are of it, or are taken for it, which are both. <strong>mIoU</strong>
is the mean over classes, from one count over all pictures: rare classes count as much as frequent ones. Features are a list of
numbers for every place of a map, and how far they moved is a mean over places.</p>`,
};

/** How to read the report, for someone who has not read the paper, as HTML. */
export function reading({ objective, sample: noun }: DataSummary, dialled = false): string {
  const sample = escapeHtml(unitNoun({ objective, sample: noun }));
  return `
<p><strong>Two stages.</strong> A pretrained network turns ${withArticle(sample)}${sample === escapeHtml(noun) ? "" : ` of ${withArticle(escapeHtml(noun))}`} into a list of numbers, its <em>features</em>; a
small head turns features into ${answers[objective]}. The head is new, so it starts random. First it is trained alone while the
rest stands still: <em>head probing</em>, for τ epochs. Then everything is trained together: <em>fine-tuning</em>.
τ&nbsp;=&nbsp;0 skips the first stage; a large τ finishes it.</p>
<p><strong>Energy</strong> says how wrong the head still is when fine-tuning starts: the average length of the gap
${gaps[objective]}. That gap is
what pushes on the features. A head that still has much to learn pushes hard and may move features that were good
already; a head that has nothing left to learn hardly pushes, and the features stay as they came, suited to the task or
not. ${dialled ? "Here one probed head was brought to several energies, so E sets the push." : "More probing means less energy, so τ sets the push."} Energy limits how far features can move; it does not fix it,
as the size of the head (‖W‖) and the learning rate count too.</p>
<p><strong>Pull</strong> says which way that push goes at first: how fast the loss would fall if every ${sample}'s features
grew longer. Above 0 the first steps draw features out along themselves, so that dot product and length grow; at 0, as
where a head is probed to its optimum without a penalty, nothing is gained by that.</p>
${scores[objective](sample)}
<p><strong>Adaptation</strong> is how far the features did move. <em>Distance</em>: how far each ${sample}'s features went.
<em>Cosine</em>: whether they still point the same way (1 = yes). <em>Dot product</em> and <em>length</em>: whether they
grew. With more energy, distance usually grows and cosine falls; dot product and length often grow first and then fall.
${
  dialled
    ? ""
    : `At τ&nbsp;=&nbsp;0 the head is as it was drawn: where its weights are small they slow the first steps down, so that this point may break the
pattern.`
}</p>
${dialled ? choosingEnergy : choosingTau}`;
}

const choosingEnergy = `<p><strong>Choosing E.</strong> If probing alone comes close to fine-tuning, the features suit the task: take little
energy. If probing is poor, the features must change: take much. Often the best lies between, and often several energies do
equally well: trust a difference only when its interval does not reach 0, and look at the rates: one for all may suit some
of them better than others where sgd's gradients were not clipped, as less energy means a larger head.</p>`;

const choosingTau = `<p><strong>Choosing τ.</strong> If probing alone comes close to fine-tuning, the features suit the task: probe to the optimum, or take the
probed head alone. If
probing is poor, the features must change: probe little. Often the best lies between, and often several τ do equally
well: trust a difference only when its interval does not reach 0, and look at the rates: one for all
may suit some of them better than others where sgd's gradients were not clipped.</p>`;

function withArticle(noun: string): string {
  return `${/^[aeiou]/i.test(noun) ? "an" : "a"} ${noun}`;
}
