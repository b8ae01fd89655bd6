/** The self-contained HTML report of a tuning run: from its results to one page, without files, scripts or requests. */
export { page as renderReport } from "./page.js";
export { gallery, type GallerySubject } from "./gallery.js";
export { withPictures, type GalleryItem, type Picture, type Pictures } from "./pictures.js";
export type { TuneResults, TuneRow } from "@taskhead/core";
export type {
  BackboneSummary,
  BestCalibration,
  BestRun,
  CalibrationPair,
  ClassResult,
  DataSummary,
  EpochRow,
  OodScore,
  ProbingPoint,
  SetSummary,
} from "@taskhead/core/internals";
