import type { Rdkit } from "./rdkit.js";

/** Twice the side that a page shows it at, as lines are of a width that suits it. */
const side = 260;

/** A page may hold dozens. */
const mostBytes = 60_000;

/**
 * A molecule's structure as a `data:` URI of an SVG; null where it cannot be drawn, or is not worth its bytes. RDKit draws
 * letters as outlines: the picture is made anew of the paths that it draws, and nothing else comes through.
 */
export function drawn(rdkit: Rdkit, smiles: string): string | null {
  const svg = rdkit.withMolecule(smiles, (molecule) => molecule.get_svg(side, side));
  const picture = svg === undefined ? undefined : pathsAlone(svg);
  if (picture === undefined || picture.length > mostBytes) return null;
  return `data:image/svg+xml;base64,${btoa(picture)}`;
}

const element = /<path\b([^>]*)>/g;
const outline = /^[MLQCAZHVSTmlqcazhvst\d\s.,+-]*$/;
const colour = /(?:^|;|\s)fill:\s*(#[\dA-F]{6}|none)|^(#[\dA-F]{6})$/i;
const line = /(?:^|;|\s)stroke:\s*(#[\dA-F]{6})/i;
const width = /(?:^|;|\s)stroke-width:\s*([\d.]+)/i;
const dashes = /(?:^|;|\s)stroke-dasharray:\s*([\d.,\s]+)/i;

/** An SVG of nothing but paths on white; undefined where there are none. */
function pathsAlone(svg: string): string | undefined {
  const paths = [...svg.matchAll(element)].flatMap(([, attributes]) => {
    const of = (name: string): string => new RegExp(`\\b${name}='([^']*)'`).exec(attributes!)?.[1] ?? "";
    const [d, style] = [of("d").replace(/\s+/g, " ").trim(), of("style")];
    if (d === "" || !outline.test(d)) return [];
    const fill = colour.exec(style || of("fill")) ?? [];
    const own = [
      `d="${d}"`,
      `fill="${fill[1] ?? fill[2] ?? "none"}"`,
      ...told("stroke", line.exec(style)),
      ...told("stroke-width", width.exec(style)),
      ...told("stroke-dasharray", dashes.exec(style)),
    ];
    return [`<path ${own.join(" ")}/>`];
  });
  if (paths.length === 0) return undefined;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${side} ${side}"><rect width="${side}" height="${side}" fill="#fff"/>${paths.join("")}</svg>`;
}

function told(name: string, match: RegExpExecArray | null): string[] {
  return match ? [`${name}="${match[1]!.trim()}"`] : [];
}
