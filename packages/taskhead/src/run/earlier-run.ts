import { join } from "node:path";
import type { Store } from "@taskhead/core";
import { runOf, writeJson } from "@taskhead/core/internals";
import type { EarlierSides } from "../data/splits/dividing.js";
import { markOf } from "../data/splits/earlier-sides.js";
import type { Kind, LoadedSets, Marked } from "../data/kind.js";
import { listed } from "../data/listed.js";
import { UserError } from "../files/errors.js";
import { readCard } from "../files/exported.js";
import { count, plain, plural } from "../words/format.js";
import { readRunConfiguration, readSides } from "./read-results.js";
import { sidesKey } from "./run-folder.js";

/** A finished run that another one goes on from. */
export interface EarlierRun {
  readonly path: string;
  /** By which its files know each other. */
  readonly mark: string;
  /** What each of its model's logits stands for. */
  readonly outputs: readonly string[];
  /** Which samples it was trained and validated on; undefined where its folder does not say. */
  readonly sides: EarlierSides | undefined;
}

/** @throws {UserError} if it is damaged, or of another task */
export async function readEarlierRun(path: string, task: string): Promise<EarlierRun> {
  const configuration = await readRunConfiguration(path);
  const { objective, outputs } = await readCard(join(path, "model", "taskhead.json"));
  if (!configuration || !Array.isArray(outputs))
    throw new UserError(`${path} is no finished run of taskhead tune; give the run folder of one`);
  if (objective !== task)
    throw new UserError(`${path} was trained for --task ${String(objective)}, and this is ${task}; give a run of it`);
  const found = (await readSides(path)) as { train?: string[]; validation?: string[] } | undefined;
  const sides = found && { train: new Set(found.train), validation: new Set(found.validation) };
  return { path, mark: await runOf(configuration), outputs: outputs as string[], sides };
}

/** For runs that go on from this one: which samples it has seen. */
export async function writeSides({
  kind,
  sets,
  store,
}: {
  kind: Kind;
  sets: LoadedSets<Marked>;
  store: Store;
}): Promise<void> {
  const marks = (set: LoadedSets<Marked>["train"]): string[] => marksOf(kind, set).map(markOf);
  const validation = sets.validation.content ? marks(sets.validation) : [];
  await writeJson(store, sidesKey, { train: marks(sets.train), validation });
}

function marksOf(kind: Kind, { source, content }: LoadedSets<Marked>["train"]): readonly string[] {
  return kind.marksOf?.(source) ?? content?.keys ?? [];
}

/** What is carried over of the head, and what is not; sentences. */
export function carriedSentences(run: EarlierRun, outputs: readonly string[], objective: string): string[] {
  if (objective === "regression")
    return [`goes on from ${run.path}; its head starts anew, as numbers are standardised anew by these samples`];
  const known = outputs.filter((name) => run.outputs.includes(name));
  const fresh = outputs.filter((name) => !run.outputs.includes(name));
  const gone = run.outputs.filter((name) => !outputs.includes(name));
  return [
    `goes on from ${run.path}: of ${known.length === outputs.length ? "all" : `${known.length} of`} ${outputs.length} outputs the head has what was learned there${fresh.length > 0 ? `; new ${fresh.length > 1 ? "are" : "is"} ${listed(fresh)}` : ""}`,
    ...(gone.length > 0
      ? [`warning: left out: ${listed(gone)}, which ${run.path} knew and no training sample has`]
      : []),
  ];
}

/** What of the samples was there already; sentences. Those that flatter begin with "warning". */
export function seenSentences({ path, sides }: EarlierRun, sets: LoadedSets<Marked>, kind: Kind): string[] {
  const { sample } = kind;
  if (!sides)
    return [
      `warning: ${path} does not say which ${sample}s it was trained on: if some of them validate or test here, that flatters`,
    ];
  const hashes = (set: LoadedSets<Marked>["train"]): string[] => marksOf(kind, set).map(markOf);
  const train = hashes(sets.train);
  const validation = sets.validation.content ? hashes(sets.validation) : [];
  const among = (own: readonly string[], known: ReadonlySet<string>): number =>
    own.filter((one) => known.has(one)).length;
  const again = among(train, sides.train);
  const isNew = [...train, ...validation].filter((one) => !sides.train.has(one) && !sides.validation.has(one)).length;
  const newToValidate = validation.filter((one) => !sides.train.has(one) && !sides.validation.has(one)).length;
  const flattered = (own: readonly string[], what: string): string[] => {
    const seen = among(own, sides.train);
    return seen === 0
      ? []
      : [plain(`warning: ${path} was trained on ${seen} of ${plural(own.length, what)}, which flatters: take others`)];
  };
  return [
    plain(
      `${count(again)} of the ${plural(sides.train.size, sample)} that ${path} was trained on are trained on again, ${count(among(validation, sides.validation))} that it was validated on validate again; ${plural(isNew, sample)} ${isNew === 1 ? "is" : "are"} new, ${count(newToValidate)} of them to validate`,
    ),
    ...flattered(validation, `validation ${sample}`),
    ...(sets.test ? flattered(hashes(sets.test), `test ${sample}`) : []),
    ...sets.ood.flatMap((set) => flattered(hashes(set), `out-of-distribution ${sample}`)),
  ];
}
