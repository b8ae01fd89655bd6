import type { DataSummary, LayerResult } from "@taskhead/core/internals";
import { fixed, significant } from "../words/format.js";
import { layerCharts, relative, type MovedSet } from "./charts/layers.js";
import { breakable, escapeHtml } from "./escape.js";
import { figures } from "./html.js";
import { oodNames } from "./ood-names.js";
import { table } from "./tables.js";

/** How far the winner's blocks moved, as a part of a section; empty where none were found. */
export function layersPart({
  best,
  data,
}: {
  best: { layers: readonly LayerResult[] } | null;
  data: Pick<DataSummary, "ood" | "sample">;
}): string {
  if (!best || best.layers.length === 0) return "";
  const { layers } = best;
  const sets: MovedSet[] = [
    { name: "validation", of: ({ validation }) => validation },
    ...oodNames(data.ood).map((name, i): MovedSet => ({
      name,
      of: ({ ood }) => ood[i]!,
    })),
  ];
  const averaged = layers.some((layer) => layer.averaged)
    ? " Of large activations, marked with a dot, CKA is that of their means over positions."
    : "";
  const part = partOf(data.sample);
  const pooled = layers.some((layer) => layer.pooled)
    ? ` Of a block that says something of each ${part}, it is the mean over a ${escapeHtml(data.sample)}'s ${part}s.`
    : "";
  const intro = `<p>The winner's blocks, from input to features, on at most 250 ${escapeHtml(data.sample)}s of each set: how
far their outputs a moved, beside their length before, and how alike they are before and after by linear CKA, which is 1
where samples lie among each other as before, turned or scaled as they may be.${averaged}${pooled}</p>`;
  return `<h3>Block by block</h3>${intro}${figures(layerCharts(layers, sets))}${layerTable(layers, sets, part)}`;
}

/** What of a sample a block says something of. */
function partOf(sample: string): "node" | "token" {
  return sample === "molecule" || sample === "graph" ? "node" : "token";
}

function layerTable(layers: readonly LayerResult[], sets: readonly MovedSet[], part: string): string {
  return table<LayerResult>({
    caption: "Movement of the winner's blocks",
    rows: [...layers],
    groups: [
      {
        name: "",
        columns: [
          { head: "Block", cell: (layer) => String(layers.indexOf(layer) + 1) },
          { head: "Output", cell: ({ output }) => `<bdi>${breakable(output)}</bdi>`, text: true },
          {
            head: "Shape",
            cell: ({ shape, averaged, pooled }) =>
              (pooled ? `mean of ${part}s×${shape.join("×")}` : shape.join("×")) + (averaged ? " ·" : ""),
            text: true,
          },
        ],
      },
      ...sets.map(({ name, of }) => ({
        name: escapeHtml(name),
        columns: [
          { head: "Moved, of its length", cell: (layer: LayerResult) => fixed(relative(of(layer)), 3) },
          { head: "Distance", cell: (layer: LayerResult) => significant(of(layer).distance) },
          { head: "CKA", cell: (layer: LayerResult) => fixed(of(layer).cka, 3) },
        ],
      })),
    ],
  });
}
