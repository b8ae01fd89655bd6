import { createHash } from "node:crypto";
import { createEngine, openBackbone, type Backbone, type Engine, type Images } from "@taskhead/core";
import { readModelFile } from "../commands/inspect.js";
import type { TuneOptions } from "../commands/options.js";
import type { Context } from "../commands/program.js";
import type { DataSummary } from "../report/index.js";
import { RunFolder, type Configuration } from "./run-folder.js";
import { loadRuntime } from "./runtime.js";

/** Images of one role, with where they came from. */
export interface PreparedSet {
  images: Images;
  /** The file of each image, in the same order. */
  files: readonly string[];
  /** Changes with any file's content. */
  fingerprint: string;
}

export interface PreparedData {
  classes: string[];
  train: PreparedSet;
  validation: PreparedSet;
  test: PreparedSet | null;
  /** Side of the square that images are resized to, in pixels. */
  size: number;
  mean: readonly [number, number, number];
  std: readonly [number, number, number];
  summary: DataSummary;
}

/** All that a run stands on. */
export interface Prepared {
  engine: Engine;
  backbone: Backbone;
  data: PreparedData;
  folder: RunFolder;
  /** sha256 of the model file */
  modelHash: string;
}
