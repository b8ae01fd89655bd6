import type { TuneSet } from "@taskhead/core";
import { pickTargets, warn, type Groups, type Split } from "@taskhead/core/internals";
import type { FoundSets, LoadedSets } from "../data/kind.js";
import type { Listener } from "../data/listener.js";
import { divide } from "../data/splits/divide.js";
import type { Dividing } from "../data/splits/dividing.js";
import { splitSentence } from "../data/splits/groups.js";
import { loadedSets, type SetLabel, type Summary } from "../data/loading.js";
import { requireValidationTargets } from "../data/splits/require-validation.js";
import { mostTold } from "../data/tables/told-rows.js";
import { UserError } from "../files/errors.js";
import { sha256 } from "../files/sha256.js";
import type { TuneOptions } from "../options/options.js";
import type { Graph } from "./graph.js";
import { groupsOf, nameOfRow, refusedRows, splittable, targetsOf, type GraphSource, type Row } from "./graph-source.js";
import { joined } from "./join.js";
import type { FileGraphs, FoundGraphs } from "./sets.js";

/** A row that is a graph. */
export interface ReadRow {
  readonly row: Row<string | Graph>;
  readonly graph: Graph;
  /** Equal of samples that are the same. */
  readonly key: string;
  /** Equal of samples that a split by scaffold keeps together. */
  readonly scaffold?: string;
}

/** Of each row the graph, or why it is none. */
export type ReadRows = (
  source: GraphSource,
  label: string,
  scaffolds: boolean,
) => Promise<readonly (ReadRow | { readonly row: Row<string | Graph>; readonly reason: string })[]>;

/** Rows of a set that are graphs. */
interface LoadedRows {
  readonly rows: readonly ReadRow[];
  readonly skipped: number;
}

/** Reads the graphs of all sets, and splits those for training where there are none for validation. */
export function loadSets(
  sets: FoundSets<FoundGraphs>,
  read: ReadRows,
  { split: asked, ...dividing }: Dividing & Pick<TuneOptions, "split">,
  { onProgress }: Listener,
): Promise<LoadedSets<FileGraphs>> {
  const { group, column } = sets.train.source;
  const byScaffold = !sets.validation && asked !== "random" && column !== "" && group === undefined;
  return loadedSets<FoundGraphs, LoadedRows, FileGraphs>(sets, {
    load: ({ source }, label) => loadRows(source, label, byScaffold && label === "training", read, onProgress),
    count: ({ rows }) => rows.length,
    summaryOf: ({ source }, { skipped }) => ({ path: source.path, skipped }),
    setOf,
    split({ source }, { rows }) {
      const groups = byScaffold ? rows.map(({ scaffold }) => scaffold) : groupsOfRows(source, rows);
      const parts = splitRows(source, rows, groups, dividing);
      const say = (text: string): void => onProgress?.({ kind: "message", text });
      if (dividing.fold === "all") return parts;
      if (byScaffold) say(scaffoldSentence(rows, parts, asked === undefined));
      if (group !== undefined) say(splitSentence(group, groups!, parts, source.noun));
      return parts;
    },
  });
}

async function loadRows(
  source: GraphSource,
  label: SetLabel,
  scaffolds: boolean,
  read: ReadRows,
  onProgress: Listener["onProgress"],
): Promise<LoadedRows> {
  onProgress?.({ kind: "message", text: source.said });
  for (const text of refusedRows(source)) warn(onProgress, `skipped ${text}`);
  for (const text of source.notes) warn(onProgress, text);
  const all = await read(source, `${label} ${source.noun}s`, scaffolds);
  const rows = all.filter((one) => "graph" in one);
  const refused = all.filter((one) => "reason" in one);
  for (const { row, reason } of refused.slice(0, mostTold))
    warn(onProgress, `skipped ${nameOfRow(source, row)}: ${reason}`);
  if (refused.length > mostTold) warn(onProgress, `skipped ${refused.length - mostTold} more of ${source.path}`);
  if (rows.length === 0)
    throw new UserError(`no ${source.noun} of ${source.path} can be read (${refused[0]!.reason}); give others`);
  return { rows, skipped: source.refused.length + refused.length };
}

function groupsOfRows(source: GraphSource, rows: readonly ReadRow[]): Groups | undefined {
  return groupsOf(
    source,
    rows.map(({ row }) => row),
  );
}

/** What is the same, or of one group, stays together; what cannot be validated on is refused. */
function splitRows(
  source: GraphSource,
  rows: readonly ReadRow[],
  groups: Groups | undefined,
  dividing: Dividing,
): Split {
  const targets = targetsOf(
    source,
    rows.map(({ row }) => row),
  );
  const keys = rows.map(({ key }) => key);
  const scaffolds = groups && source.group === undefined ? { group: "scaffold" } : {};
  const terms = { ...splittable(source), ...scaffolds };
  const parts = divide(targets, dividing, { keys, groups, ...terms });
  requireValidationTargets(terms, pickTargets(targets, parts.validation), new Set(keys).size < keys.length);
  return parts;
}

/** "splits by scaffold: 924 ring systems, none on both sides; …" */
function scaffoldSentence(rows: readonly ReadRow[], { train, validation }: Split, usual: boolean): string {
  const count = (own: readonly number[]): number => new Set(own.map((i) => rows[i]!.scaffold).filter(Boolean)).size;
  const without = rows.filter(({ scaffold }) => scaffold === "").length;
  const acyclic =
    without > 0 ? `; ${without} without rings ${without === 1 ? "is" : "are"} one more group, on one side too` : "";
  const hint = usual ? " (--split random splits at random)" : "";
  return `splits by scaffold: ${count(train)} scaffolds of ${train.length} molecules to train on, ${count(validation)} others of ${validation.length} to validate on${acyclic}${hint}`;
}

/** Some of the rows of a source, by their places among those that were read. */
function setOf(
  { source, fingerprint }: FoundGraphs,
  { rows }: LoadedRows,
  chosen: readonly number[],
  summary: Summary,
): TuneSet<FileGraphs> {
  const own = chosen.map((i) => rows[i]!);
  const groups = groupsOfRows(source, own);
  const names = own.map(({ row }) => nameOfRow(source, row));
  const smiles = own.flatMap(({ row: { sample } }) => (typeof sample === "string" ? [sample] : []));
  return {
    source: {
      ...joined(
        own.map(({ graph }) => graph),
        targetsOf(
          source,
          own.map(({ row }) => row),
        ),
      ),
      names,
      ...(smiles.length > 0 ? { smiles } : {}),
      fingerprint: `${fingerprint.text} ${sha256(chosen.join())}`,
    },
    summary,
    content: { keys: own.map(({ key }) => key), names, ...(groups ? { groups } : {}) },
  };
}
