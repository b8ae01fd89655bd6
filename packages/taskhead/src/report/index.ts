/** The self-contained HTML reports of a tuning run and of a sweep: from results to one page, without files, scripts or requests. */
export { page as renderReport } from "./page.js";
export { gallery, type GallerySubject } from "./gallery.js";
export { withPictures, type GalleryItem, type Picture, type Pictures } from "./pictures.js";
export { sweepPage, type SweepResults } from "./sweep/index.js";
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
