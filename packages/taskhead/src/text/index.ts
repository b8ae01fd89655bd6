/** Texts in tables and folders, with their classes, labels or numbers. */
export { fingerprintTexts } from "./fingerprint.js";
export { labelledTexts, type LabelledTexts } from "./labelled-for.js";
export { offeredSets, type OfferedSets } from "./offered-sets.js";
export { scanTexts, type ScanTextsOptions } from "./scan-texts.js";
export {
  contentOfTexts,
  nameOfText,
  refusedTexts,
  splittableTexts,
  targetsOfTexts,
  termsOfTexts,
  type TextSample,
  type TextSource,
} from "./text-source.js";
