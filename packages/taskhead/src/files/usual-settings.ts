import type { Settings } from "@taskhead/core/settings";
import type { SamplesKind } from "./samples-kind.js";

/** What people train models of texts with, unless asked otherwise. */
const usualForTexts = { optimizer: "adamw", batch: 32, epochs: 4 } as const;

/** A picture has thousands of pixels to learn from; so many fit into memory. */
const usualForMasks = { task: "segmentation", batch: 8 } as const;

/** What is usual for samples of a kind, where it is not what the table of settings says. */
export function usualFor(kind: SamplesKind | undefined): Partial<Settings> {
  return kind === "texts" ? usualForTexts : kind === "masked images" ? usualForMasks : {};
}
