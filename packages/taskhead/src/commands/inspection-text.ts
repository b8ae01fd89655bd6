import { describeStart } from "@taskhead/core/internals";
import { featurisers } from "../graphs/chemistry/featurisers.js";
import type { GraphNetwork } from "../graphs/reading.js";
import { describePreprocessing } from "../images/processor/describe.js";
import type { MeasuredStep } from "../run/measure-step.js";
import { table } from "../terminal/table.js";
import { describeTokenizer } from "../text/tokenizer-found.js";
import { visibleLine } from "../words/visible.js";
import type { Inspection } from "./inspection.js";

/** What people read of a model that was looked at. */
export function describeInspection(inspection: Inspection): string {
  const value = (v: Inspection["inputs"][number]): string => `${v.name}: ${v.type} [${v.shape.join(", ")}]`;
  const { features, problem, blocks, head, labels, preprocessing } = inspection;
  return [
    visibleLine(`inputs    ${inspection.inputs.map(value).join("; ")}`),
    visibleLine(`outputs   ${inspection.outputs.map(value).join("; ")}`),
    visibleLine(`features  ${features ? features.found : `none: ${problem}`}`),
    ...(head ? [visibleLine(`head      starts from ${describeStart(head.start)}: ${head.from}`)] : []),
    ...(labels ? [visibleLine(`labels    ${labels.length}: ${shortList(labels)}`)] : []),
    ...(inspection.graphs ? [visibleLine(`graphs    ${graphsLine(inspection.graphs)}`)] : []),
    ...(preprocessing ? [visibleLine(`pictures  ${picturesLine(preprocessing)}`)] : []),
    ...(inspection.texts ? [visibleLine(`tokenizer ${textsLine(inspection.texts)}`)] : []),
    ...inspection.warnings.map((text) => visibleLine(`warning   ${text}`)),
    "",
    ...(blocks.length ? [blockTable(blocks), ""] : []),
    table(
      ["layer", "operator", "parameters", "shapes"],
      [
        ...inspection.layers.map((l) => [
          l.name,
          l.operator,
          l.parameters.toLocaleString("en"),
          l.shapes.map((s) => s.join("×") || "1").join(" "),
        ]),
        ["all", "", inspection.parameters.toLocaleString("en"), ""],
      ],
      { left: [0, 1, 3] },
    ),
    "",
    table(
      ["operator", "count", "gradient"],
      inspection.operators.map((o) => [o.operator, String(o.count), o.differentiable ? "yes" : "no"]),
      { left: [0, 2] },
    ),
    ...(inspection.step ? ["", stepTable(inspection.step)] : []),
  ].join("\n");
}

/** Counted from the features, as --reinit-blocks does. */
function blockTable(blocks: Inspection["blocks"]): string {
  const rows = blocks.map(({ input, shape, layers, parameters }, i) => [
    i === 0 ? "" : String(blocks.length - i),
    input,
    shape.join("×"),
    String(layers),
    parameters.toLocaleString("en"),
  ]);
  return table(["--reinit-blocks", "block begins at", "per sample", "layers", "parameters"], rows, { left: [1] });
}

function picturesLine(preprocessing: NonNullable<Inspection["preprocessing"]>): string {
  return "refused" in preprocessing ? `refused: ${preprocessing.refused}` : describePreprocessing(preprocessing);
}

/** "molecules become graphs by ogb: …; it was trained on those of RDKit 2026.09.1" */
function graphsLine({ inputs, featuriser, versions }: GraphNetwork): string {
  const taken = Object.entries(inputs).map(([role, name]) => (role === name ? role : `'${name}' as ${role}`));
  const how =
    featuriser === null
      ? "features of its own, so give graphs as JSON lines"
      : `molecules by ${featuriser}, ${featurisers[featuriser].says}`;
  const trained = Object.entries(versions).map(
    ([name, version]) => `; trained on what ${name} ${version} made of them`,
  );
  return `${taken.join(", ")}: ${how}${trained.join("")}`;
}

/** Memcpy is how values come to a device and back. */
function stepTable({ device, batch, operators }: MeasuredStep): string {
  const rows = operators.map(({ operator, processor, calls, milliseconds, why }) => [
    operator,
    processor && device !== "cpu" ? "processor" : device,
    String(Number(calls.toFixed(1))),
    milliseconds.toFixed(2),
    why ?? "",
  ]);
  const left = operators.filter(({ processor }) => processor && device !== "cpu");
  const lost = left.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  return [
    `a training step of ${batch} on ${device}${left.length > 0 ? `: ${lost.toFixed(2)} ms of it on the processor, besides the way there and back (Memcpy)` : ""}`,
    table(["operator", "on", "calls", "ms", "why there"], rows, { left: [0, 1, 4] }),
  ].join("\n");
}

function textsLine(found: NonNullable<Inspection["texts"]>): string {
  return "refused" in found ? `refused: ${found.refused}` : describeTokenizer(found);
}

function shortList(names: readonly string[]): string {
  const shown = names.slice(0, 6).join(", ");
  return names.length > 6 ? `${shown}, …` : shown;
}
