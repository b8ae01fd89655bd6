import type { SaidOfPixels } from "../job/samples.js";

/** A class that pixels have, by its place among the outputs, and which part of the picture they are. */
export interface MapPart {
  readonly label: string;
  readonly place: number;
  readonly part: number;
}

/** Which part of a picture each class has, the largest first; those that are not in it are left out. */
export function partsOf({ classes, outputs }: SaidOfPixels): MapPart[] {
  const counts = outputs.map(() => 0);
  for (const c of classes) counts[c]!++;
  return outputs
    .map((label, place) => ({ label, place, part: counts[place]! / classes.length }))
    .filter(({ part }) => part > 0)
    .sort((a, b) => b.part - a.part);
}
