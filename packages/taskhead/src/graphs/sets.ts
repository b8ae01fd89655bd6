import type { Graphs } from "@taskhead/core";
import type { FoundSet, Marked } from "../data/kind.js";
import { fingerprintOf } from "./fingerprint.js";
import type { Graph } from "./graph.js";
import type { GraphSource } from "./graph-source.js";

/** Graphs of a set, and what they were. */
export interface FileGraphs extends Graphs, Marked {
  /** What they are called. */
  readonly names: readonly string[];
  /** Of molecules: as they were written. */
  readonly smiles?: readonly string[];
}

/** Samples before they are read. */
export interface FoundGraphs<Sample extends string | Graph = string | Graph> extends FoundSet {
  readonly source: GraphSource<Sample>;
}

export function found<Sample extends string | Graph>(source: GraphSource<Sample>): FoundGraphs<Sample> {
  const { path, outputs, rows } = source;
  return { source, path, outputs, count: rows.length, fingerprint: { text: fingerprintOf(source) } };
}
