import type { TuneResults } from "@taskhead/core";
import type { ObjectiveName } from "@taskhead/core/internals";
import { capital, namedScore, outputNouns } from "taskhead/inputs";
import type { GivenSet } from "../data/given.js";
import type { SetName } from "../data/sets.js";
import type { Loaded } from "../job/told.js";
import type { Kind } from "../job/project.js";
import { epochs, plural } from "./format.js";
import { onPage } from "./words.js";

/** What is known of a project once it is loaded, in a few sentences. */
export function saidOf({ project, threads, parameters, blocks, said, train, validation, test }: Loaded): string {
  const where = project.device === "webgpu" ? "the GPU" : threads > 1 ? `${threads} threads` : "one thread";
  const unread = project.unreadable.length;
  const noun = nounOf(project.kind);
  return [
    `${plural(train, noun)} to train on, ${validation} ${project.sets?.where.validation === undefined ? "kept back to choose by" : "to validate on"}${test > 0 ? `, ${test} to test on` : ""}; ${plural(parameters, "weight")} in ${plural(blocks, "block")}, on ${where}.`,
    ...said.map((one) => onPage(one, project.task)),
    ...(unread > 0 ? [`${plural(unread, noun)} could not be read: ${project.unreadable.slice(0, 3).join(", ")}.`] : []),
  ].join(" ");
}

const does: Readonly<Record<SetName, string>> = {
  train: "to train on",
  validation: "to validate on",
  test: "to test on",
};

/** Which sets samples were given in, in a sentence. */
export function saidSets(sets: readonly GivenSet[]): string {
  const told = sets.map(
    ({ set, where, count }, i) => `${count.toLocaleString("en")} ${i === 0 ? "of them " : ""}${does[set]} (${where})`,
  );
  const drawn = sets.some(({ set }) => set === "validation")
    ? ""
    : "; a part of those to train on is kept back to choose by";
  return `${told.join(", ")}${drawn}.`;
}

/** What is to be predicted of some samples: `of 3 classes`, `with 1 label`, `with 2 numbers`, `with 5 tags`. */
export function withOutputs(task: ObjectiveName, count: number): string {
  const noun = outputNouns[task];
  return noun === "class" ? `of ${count} class${count === 1 ? "" : "es"}` : `with ${plural(count, noun)}`;
}

/** What the best run got; null where none came to its end. */
export function saidOfBest({ best, metric }: TuneResults, kind: Kind): string | null {
  if (!best) return null;
  const on = (score: number | null, set: string): string =>
    `${namedScore(score, { metric })} on the ${set} ${nounOf(kind)}s`;
  const test = best.testScore === null ? "" : `; ${on(best.testScore, "test")}`;
  return `${capital(on(best.validationScore, "validation"))}, started from τ = ${epochs(Number(best.tau))}${test}.`;
}

const nouns = {
  pictures: "picture",
  labelled: "picture",
  masks: "picture",
  texts: "text",
  molecules: "molecule",
  graphs: "graph",
} as const;

/** What one sample is called. */
export function nounOf(kind: Kind): (typeof nouns)[Kind] {
  return nouns[kind];
}
