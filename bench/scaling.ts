/**
 * How time and memory grow with images, image size, parameters and batch, ours and PyTorch's, alternately.
 *
 *     npm run bench:scaling -- [AXIS…] [--python PATH] [--rounds 3] [--shared ../shared] [--json FILE]
 *
 * For every axis a table: seconds and peak memory at each point, and the exponent of growth, the slope of log seconds
 * against log of what grows. 1 is in proportion, 0 is not at all.
 */
import { parseArgs } from "node:util";
import {
  chosen,
  commonOptions,
  describe,
  keep,
  measure,
  mebibytes,
  peaksOf,
  ratesOf,
  scripts,
  surroundings,
  type Side,
  type Work,
} from "./measure.js";
import type { Measurement } from "./measurement.js";
import { withImages } from "./smaller.js";
import { growth, median } from "./statistics.js";

interface Point {
  /** Of what grows. */
  readonly at: number;
  readonly work: Work;
  /** How many its rate counts in a step or job. */
  readonly items: number;
  /** Whole jobs alone: training images. */
  readonly images?: number;
}

interface Axis {
  readonly what: string;
  readonly points: readonly Point[];
}

const axes: Readonly<Record<string, Axis>> = {
  batch: {
    what: "step of Tiny Darknet at 64 px, by images in a batch",
    points: [16, 32, 64, 128].map((batch) => ({ at: batch, items: batch, work: ["step", "darknet", 64, batch] })),
  },
  size: {
    what: "step of Tiny Darknet, batch 32, by pixels of a side",
    points: [32, 64, 96, 128].map((size) => ({ at: size, items: 32, work: ["step", "darknet", size, 32] })),
  },
  parameters: {
    what: "step of a text encoder, batch 16, 64 tokens, by layers of 1.8 million parameters",
    points: [1, 2, 4, 8].map((layers) => ({ at: layers, items: 16, work: ["text", `frozen-${layers}`, 64, 16] })),
  },
  images: {
    what: "whole job on CIFAR-10, taus 0 and 8, one epoch, by training images (2,000 to validate)",
    points: [300, 600, 1200, 2400].map((images) => ({ at: images, items: 1, images, work: ["cached", "0,8", 1] })),
  },
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { ...commonOptions, rounds: { type: "string", default: "3" } },
});
const rounds = Number(values.rounds);
const about = surroundings(values.python);
const sides: readonly Side[] = about.pytorch ? ["ours", "pytorch"] : ["ours"];

/** Each side's measurements, in the order of `sides`, taken in turn. */
function measurePoint({ work, images }: Point): Measurement[][] {
  const { folder, remove } = withImages(values.shared, images === undefined ? undefined : { train: images });
  const measured: Measurement[][] = sides.map(() => []);
  for (let round = 0; round < rounds; round++)
    for (const [i, side] of sides.entries()) {
      const program = side === "ours" ? process.execPath : values.python;
      measured[i]!.push(measure(program, scripts[images === undefined ? "part" : "tune"][side], work, folder));
    }
  remove();
  return measured;
}

const secondsAt = ({ items }: Point, list: readonly Measurement[]): number =>
  median(ratesOf(list).map((perSecond) => items / perSecond));

/** Prints an axis's table. @returns what `--json` keeps of it */
function measureAxis(name: string, { what, points }: Axis): object[] {
  console.log(`\n${name}: ${what}\n`);
  console.log(`| ${name} | ${sides.map((side) => `${side}: seconds | MiB`).join(" | ")} |`);
  console.log(`| --- |${" --- | --- |".repeat(sides.length)}`);
  const found = points.map((point) => {
    const measured = measurePoint(point);
    const cells = measured.map((list) => `${secondsAt(point, list).toPrecision(3)} | ${mebibytes(peaksOf(list))}`);
    console.log(`| ${point.at} | ${cells.join(" | ")} |`);
    return { point, measured };
  });
  const exponents = sides.map((_, i) => {
    const seconds = found.map(({ point, measured }) => secondsAt(point, measured[i]!));
    return growth(
      points.map(({ at }) => at),
      seconds,
    ).toFixed(2);
  });
  console.log(`| growth | ${exponents.join(" | | ")} | |`);
  return found.map(({ point, measured }) => ({
    axis: name,
    at: point.at,
    measured: Object.fromEntries(sides.map((side, i) => [side, measured[i]])),
  }));
}

console.log(describe(about));
const results: object[] = [];
for (const [name, axis] of chosen("axis", axes, positionals)) results.push(...measureAxis(name, axis));
if (values.json) keep(values.json, about, rounds, results);
