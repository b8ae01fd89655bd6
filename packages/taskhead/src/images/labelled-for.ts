import { UserError } from "../files/errors.js";
import { outputsAreColumns, type ImageFile, type ImageSource } from "./image-source.js";
import { listed, readLabelFile } from "./label-file.js";
import { labelFileIn, scanImages } from "./scan-images.js";

/** Images to score a model on, and what the folder has that the model does not know. */
export interface LabelledImages {
  /** In terms of the model's outputs. */
  source: ImageSource;
  /** Classes and labels that are none of the model's, and how many images have them. */
  unknown: { label: string; samples: number }[];
}

/** Where labels are, if not in the names of folders. */
export interface LabelPlaces {
  labels?: string;
  columns?: readonly string[];
}

/**
 * Finds labelled images for a model that is trained already. The folder may lack classes that the model has; what it has
 * besides is told: images of such a class are left out, such a label is passed over.
 * @throws {UserError} if no image is left
 */
export async function labelledFor(
  { objective, outputs }: { objective: ImageSource["task"]; outputs: readonly string[] },
  dir: string,
  { labels, columns }: LabelPlaces,
): Promise<LabelledImages> {
  const file = labels ?? (objective === "classification" ? undefined : await labelFileIn(dir).catch(() => undefined));
  const found = await scanImages(dir, {
    task: objective,
    labels,
    columns: columns ?? (await columnsOf(objective, outputs, file)),
    fewest: 1,
  });
  const places = found.outputs.map((name) => outputs.indexOf(name));
  const unknown =
    objective === "regression"
      ? []
      : found.outputs.flatMap((label, i) =>
          places[i]! >= 0 ? [] : [{ label, samples: found.files.filter((one) => has(one, i)).length }],
        );
  if (objective === "regression") requireColumns(outputs, found);
  // A label that a list does not have is no; one without a column is not known.
  const absent = outputsAreColumns(found) ? NaN : 0;
  const files = found.files.flatMap(({ path, target }): ImageFile[] => {
    if (typeof target === "number") return places[target]! < 0 ? [] : [{ path, target: places[target]! }];
    return [{ path, target: outputs.map((name) => target[found.outputs.indexOf(name)] ?? absent) }];
  });
  if (files.length === 0)
    throw new UserError(
      `${dir} has no image of what the model knows: it has ${listed(found.outputs)}, the model ${listed(outputs)}; give images of the model's classes`,
    );
  return { source: { ...found, outputs: [...outputs], files }, unknown };
}

/** The model's own, where a file has a column for each; else what the file has. */
async function columnsOf(
  objective: ImageSource["task"],
  outputs: readonly string[],
  file: string | undefined,
): Promise<readonly string[] | undefined> {
  if (objective === "classification" || file === undefined) return undefined;
  const { columns } = await readLabelFile(file);
  const own = outputs.filter((name) => columns.includes(name));
  return own.length > 0 ? own : undefined;
}

function requireColumns(outputs: readonly string[], { labels, outputs: columns }: ImageSource): void {
  const lacking = outputs.filter((name) => !columns.includes(name));
  if (lacking.length > 0)
    throw new UserError(
      `${labels} has no column ${listed(lacking)}, which the model predicts; add ${lacking.length > 1 ? "them" : "it"}, empty where nothing is known`,
    );
}

function has({ target }: ImageFile, place: number): boolean {
  return typeof target === "number" ? target === place : target[place] === 1;
}
