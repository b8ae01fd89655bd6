import { random, type Random } from "@taskhead/core/internals";
import sharp from "sharp";

/** The side of a drawn image, in pixels. */
export const side = 32;

/** Outlines in a box from −1 to 1, as SVG path data. */
const outlines: Readonly<Record<string, string>> = {
  // What the demo's backbone was pretrained on.
  circle: "M-1 0 A1 1 0 1 1 1 0 A1 1 0 1 1 -1 0 Z",
  ring: "M-1 0 A1 1 0 1 1 1 0 A1 1 0 1 1 -1 0 Z M-.55 0 A.55 .55 0 1 0 .55 0 A.55 .55 0 1 0 -.55 0 Z",
  square: "M-.85 -.85 H.85 V.85 H-.85 Z",
  triangle: polygon(3, 1),
  star: polygon(5, 1, 0.42),
  plus: "M-.3 -1 H.3 V-.3 H1 V.3 H.3 V1 H-.3 V.3 H-1 V-.3 H-.3 Z",
  crescent: "M.4 -.92 A1 1 0 1 0 .4 .92 A.8 .8 0 1 1 .4 -.92 Z",
  bars: "M-1 -.9 H1 V-.5 H-1 Z M-1 -.2 H1 V.2 H-1 Z M-1 .5 H1 V.9 H-1 Z",
  dots: [-0.6, 0.6].flatMap((x) => [-0.6, 0.6].map((y) => disc(x, y, 0.36))).join(" "),
  bolt: "M.1 -1 L-.7 .15 H-.1 L-.3 1 L.7 -.25 H.1 Z",
  // What it is fine-tuned on.
  pentagon: polygon(5, 1),
  heart: "M0 .95 C-1.6 -.1 -.8 -1.2 0 -.45 C.8 -1.2 1.6 -.1 0 .95 Z",
  kite: "M0 -1 L.6 -.25 L0 1 L-.6 -.25 Z",
  dome: "M-1 .5 A1 1 0 0 1 1 .5 Z",
  arrow: "M0 -1 L.85 -.1 H.35 V1 H-.35 V-.1 H-.85 Z",
  corner: "M-.8 -.9 H-.15 V.3 H.9 V.9 H-.8 Z",
};

export const pretrainingClasses = [
  "bars",
  "bolt",
  "circle",
  "crescent",
  "dots",
  "plus",
  "ring",
  "square",
  "star",
  "triangle",
];
export const targetClasses = ["arrow", "corner", "dome", "heart", "kite", "pentagon"];

/** How a class is drawn: as SVG, for a picture of `side` by `side`. */
type Style = (outline: string, rng: Random) => string;

/** Draws image `index` of a class; the same class, seed and index give the same bytes. @returns RGB bytes [side, side, 3] */
export type Draw = (kind: string, seed: number, index: number) => Promise<Uint8Array>;

/** What the backbone was pretrained on: filled shapes in random colours on random backgrounds. */
export const drawFilled: Draw = drawer(filled);

/** What it is fine-tuned on: outlines in chalk on a blackboard. */
export const drawChalk: Draw = drawer(chalk);

/** Every image has its own place, size and angle, and noise. */
function drawer(style: Style): Draw {
  return async (kind, seed, index) => {
    const outline = outlines[kind];
    if (outline === undefined) throw new Error(`there is no drawing of '${kind}'`);
    const rng = random(seed, "draw", kind, index);
    const pixels = await sharp(Buffer.from(style(outline, rng)))
      .removeAlpha()
      .raw()
      .toBuffer();
    const strength = between(rng, 4, 22);
    return Uint8Array.from(pixels, (byte) => Math.min(255, Math.max(0, Math.round(byte + rng.normal(strength)))));
  };
}

function filled(outline: string, rng: Random): string {
  const place = placed(rng);
  const [ground, blob, ink] = [colour(rng), colour(rng), colour(rng)];
  const blobs = Array.from({ length: 3 }, () => {
    const at = `cx="${between(rng, 0, side).toFixed(2)}" cy="${between(rng, 0, side).toFixed(2)}"`;
    return `<circle ${at} r="${between(rng, 2, 9).toFixed(2)}" fill="${blob}" opacity="0.35"/>`;
  });
  return svg(ground, `${blobs.join("")}<path ${place.attribute} d="${outline}" fill="${ink}" fill-rule="evenodd"/>`);
}

function chalk(outline: string, rng: Random): string {
  const { attribute, scale } = placed(rng);
  const [board, line] = [grey(rng, 0, 60), grey(rng, 140, 255)];
  const width = (between(rng, 1, 2.2) / scale).toFixed(4);
  return svg(board, `<path ${attribute} d="${outline}" fill="none" stroke="${line}" stroke-width="${width}"/>`);
}

function svg(ground: string, inside: string): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${side}" height="${side}"><rect width="100%" height="100%" fill="${ground}"/>${inside}</svg>`;
}

/** Where, how large, and at what angle a shape stands. */
function placed(rng: Random): { attribute: string; scale: number } {
  const scale = between(rng, 6.5, 12);
  const [x, y] = [between(rng, 12, 20), between(rng, 12, 20)];
  const angle = between(rng, -35, 35);
  const steps = [
    `translate(${x.toFixed(2)} ${y.toFixed(2)})`,
    `rotate(${angle.toFixed(2)})`,
    `scale(${scale.toFixed(2)})`,
  ];
  return { attribute: `transform="${steps.join(" ")}"`, scale };
}

function grey(rng: Random, low: number, high: number): string {
  const level = Math.round(between(rng, low, high));
  return `rgb(${level},${level},${level})`;
}

function colour(rng: Random): string {
  return `rgb(${[0, 1, 2].map(() => Math.round(255 * rng.uniform())).join(",")})`;
}

function between(rng: Random, low: number, high: number): number {
  return low + (high - low) * rng.uniform();
}

/** A regular polygon with its tip up; with `inner`, a star. */
function polygon(tips: number, outer: number, inner?: number): string {
  const corners = inner === undefined ? tips : 2 * tips;
  const points = Array.from({ length: corners }, (_, i) => {
    const radius = inner !== undefined && i % 2 === 1 ? inner : outer;
    const angle = (2 * Math.PI * i) / corners - Math.PI / 2;
    return `${(radius * Math.cos(angle)).toFixed(3)} ${(radius * Math.sin(angle)).toFixed(3)}`;
  });
  return `M${points.join(" L")} Z`;
}

function disc(x: number, y: number, r: number): string {
  return `M${x - r} ${y} A${r} ${r} 0 1 1 ${x + r} ${y} A${r} ${r} 0 1 1 ${x - r} ${y} Z`;
}
