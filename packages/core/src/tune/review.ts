import { DataError } from "../given/errors.js";
import type { Targets } from "../data/targets.js";
import type { Job } from "./job.js";
import { summaryOf } from "./job.js";
import { dataNotes } from "./data-notes.js";
import { warn } from "./progress.js";

/**
 * Looks at a job's data before anything is trained: tells what is to be known of it.
 * @throws {DataError} if nothing can be learned from the training samples, or chosen by the validation samples
 */
export function reviewData<Source>(
  job: Pick<Job<Source>, "sets" | "modality" | "data" | "outputs" | "onProgress">,
): void {
  const { data, outputs, modality, onProgress } = job;
  if (data.objective.name === "classification") {
    requireTwoClasses(data.train.targets, outputs, `training ${modality.sample}`, "there is nothing to tell apart");
    requireTwoClasses(
      data.validation.targets,
      outputs,
      `validation ${modality.sample}`,
      "a model that always says so is all right, and nothing can be chosen by them",
    );
  }
  for (const note of dataNotes(summaryOf(job))) warn(onProgress, note);
}

function requireTwoClasses({ data }: Targets, outputs: readonly string[], samples: string, why: string): void {
  const first = data[0];
  if (outputs.length < 2 || first === undefined || data.some((label) => label !== first)) return;
  throw new DataError(`all ${samples}s are of class '${outputs[first]}': ${why}; add ${samples}s of other classes`);
}
