import type { Targets } from "@taskhead/core";
import {
  requireSplittableTargets,
  requireValidationTargets,
  type Splittable,
} from "../data/splits/require-validation.js";
import { shown } from "../files/shown.js";
import { targetsOf, termsOf, type ImageSource } from "./image-source.js";

/**
 * Before any image is decoded, or the run folder is made.
 * @throws {UserError} if a split of these images leaves none to validate on, or those of one class alone
 */
export function requireSplittable(source: ImageSource, fraction: number): void {
  requireSplittableTargets(splittable(source), targetsOf(source, source.files), fraction, source.groups?.of);
}

/**
 * @param copies whether some images are the same, and stay on one side
 * @throws {UserError} if these targets of validation images, split from the source's, are of no use
 */
export function requireValidation(source: ImageSource, targets: Targets, copies = false): void {
  requireValidationTargets(splittable(source), targets, copies);
}

function splittable(source: ImageSource): Splittable {
  const terms = termsOf(source);
  return {
    ...terms,
    where: shown(terms.where),
    sample: "image",
    refused: source.refused,
    ...(source.groups ? { group: source.groups.column } : {}),
  };
}
