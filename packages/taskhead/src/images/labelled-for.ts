import { noneKnown, targetsForModel } from "../data/classes/terms.js";
import { termsOf, type ImageFile, type ImageSource } from "./image-source.js";
import { scanImages } from "./scan-images.js";

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
  label?: string;
}

/**
 * Finds labelled images for a model that is trained already; of a folder of sets those of the test set. The folder may lack classes that the model has; what it has
 * besides is told: images of such a class are left out, such a label is passed over.
 * @throws {UserError} if no image is left
 */
export async function labelledFor(
  { objective, outputs }: { objective: ImageSource["task"]; outputs: readonly string[] },
  dir: string,
  places: LabelPlaces,
): Promise<LabelledImages> {
  const found = await scanImages(dir, {
    ...places,
    task: objective,
    ...(objective === "classification" ? {} : { preferred: outputs }),
    set: "test",
    fewest: 1,
  });
  const known = targetsForModel(
    outputs,
    termsOf(found),
    found.files.map((file) => file.target),
  );
  const files = found.files.flatMap((file, i): ImageFile[] => {
    const target = known.targets[i];
    return target === undefined ? [] : [{ ...file, target }];
  });
  if (files.length === 0) throw noneKnown("image", dir, termsOf(found), outputs);
  return { source: { ...found, outputs: [...outputs], files }, unknown: known.unknown };
}
