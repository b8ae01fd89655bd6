import type { Evidence } from "@taskhead/core";
import { isAccuracy, type Metric, type ObjectiveName } from "@taskhead/core/internals";
import { formatScore, tauNoun } from "./format.js";

/** What the words depend on: what is predicted, of what, and how it is scored. */
export interface Subject {
  objective: ObjectiveName;
  metric: Metric;
  /** a noun that takes an s: `image`, `text` */
  sample: string;
}

/** What the guide's words need besides. */
export interface GuideSubject extends Subject {
  validationSamples: number;
  seeds: number;
  /** what the starts of its runs differ in */
  starts: "tau" | "energy";
}

/** Of tunings that differ in their seed alone. @param tunings at least one */
export function subjectOf(tunings: readonly Evidence[]): GuideSubject {
  const { objective, metric, sample, validationSamples, runs } = tunings[0]!;
  const starts = tauNoun(runs.map((run) => run.tau));
  return { objective, metric, sample, validationSamples, seeds: tunings.length, starts };
}

/** "80.1 %", "mean ROC-AUC 0.873", in a sentence that does not name the metric otherwise. */
export function named(score: number | null, { metric }: Pick<Subject, "metric">, aside = ""): string {
  return `${isAccuracy(metric) ? "" : `${metric.name} `}${formatScore(score, metric)}${aside}`;
}

/** "80.1 % of 300 validation images right", "mean ROC-AUC 0.873 on 300 validation molecules". @param aside after the number */
export function scoreOn(
  score: number | null,
  samples: string,
  { metric }: Pick<Subject, "metric">,
  aside = "",
): string {
  const number = named(score, { metric }, aside);
  return isAccuracy(metric) ? `${number} of ${samples} right` : `${number} on ${samples}`;
}

/** What the k outputs of the head are. */
export const outputNouns: Record<ObjectiveName, string> = {
  classification: "class",
  "multi-label": "label",
  regression: "number",
  "token-classification": "tag",
  segmentation: "class",
};

/** What has features and an answer of its own, a noun: a sample, or a word of it. */
export function unitNoun({ objective, sample }: Pick<Subject, "objective" | "sample">): string {
  return objective === "token-classification" ? "word" : sample;
}

/** Several of them, as a name in a list of settings. */
export const outputTitles: Record<ObjectiveName, string> = {
  classification: "Classes",
  "multi-label": "Labels",
  regression: "Numbers",
  "token-classification": "Tags",
  segmentation: "Classes",
};

/** The unit of the loss, for an axis. */
export const lossNames: Record<ObjectiveName, string> = {
  classification: "cross-entropy (nats)",
  "multi-label": "binary cross-entropy (nats)",
  regression: "loss of standardised numbers",
  "token-classification": "cross-entropy of a word (nats)",
  segmentation: "cross-entropy (nats)",
};

/** What one label, number or class is scored by: "mean ROC-AUC" and "mIoU" are those of several. */
export function ownMetric({ name }: Metric): string {
  return name.replace(/^(mean |m(?=IoU))/, "");
}
