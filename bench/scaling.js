/**
 * How time and memory grow with images, image size, parameters and batch, ours and PyTorch's, alternately.
 *
 *     npm run bench:scaling -- [AXIS…] [--python PATH] [--rounds 3] [--shared ../shared] [--json FILE]
 *
 * For every axis a table: seconds and peak memory at each point, and the exponent of growth, the slope of log seconds
 * against log of what grows. 1 is in proportion, 0 is not at all.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { describe, here, measure, mebibytes, median, scripts, surroundings } from "./measure.js";
import { withFewerImages } from "./smaller.js";

/** `work` of a point, and how many `items` its rate counts in a step or job. */
const axes = {
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
  options: {
    python: { type: "string", default: "python3" },
    rounds: { type: "string", default: "3" },
    shared: { type: "string", default: here("../../shared") },
    json: { type: "string" },
  },
});

/** The slope of log y against log x, least squares. */
function growth(xs, ys) {
  const [lx, ly] = [xs.map(Math.log), ys.map(Math.log)];
  const mean = (list) => list.reduce((a, b) => a + b, 0) / list.length;
  const [mx, my] = [mean(lx), mean(ly)];
  const covariance = lx.reduce((sum, x, i) => sum + (x - mx) * (ly[i] - my), 0);
  return covariance / lx.reduce((sum, x) => sum + (x - mx) ** 2, 0);
}

const whole = { folder: values.shared, remove: () => {} };
const about = surroundings(values.python);
console.log(describe(about));
const results = [];
for (const name of positionals.length ? positionals : Object.keys(axes)) {
  if (!axes[name]) throw new Error(`no axis '${name}'; there are ${Object.keys(axes).join(", ")}`);
  const { what, points } = axes[name];
  const sides = about.pytorch ? ["ours", "pytorch"] : ["ours"];
  console.log(`\n${name}: ${what}\n`);
  console.log(`| ${name} | ${sides.map((side) => `${side}: seconds | MiB`).join(" | ")} |`);
  console.log(`| --- |${" --- | --- |".repeat(sides.length)}`);
  const seconds = Object.fromEntries(sides.map((side) => [side, []]));
  for (const { at, items, images, work } of points) {
    const { folder, remove } = images ? withFewerImages(values.shared, { train: images }) : whole;
    const measured = Object.fromEntries(sides.map((side) => [side, []]));
    for (let round = 0; round < Number(values.rounds); round++)
      for (const side of sides) {
        const program = side === "ours" ? process.execPath : values.python;
        measured[side].push(measure(program, scripts[images ? "tune" : "part"][side], work, folder));
      }
    remove();
    const cells = sides.map((side) => {
      const took = median(measured[side].map(({ perSecond }) => items / perSecond));
      seconds[side].push(took);
      return `${took.toPrecision(3)} | ${mebibytes(measured[side].map(({ peakBytes }) => peakBytes))}`;
    });
    console.log(`| ${at} | ${cells.join(" | ")} |`);
    results.push({ axis: name, at, measured });
  }
  const exponents = sides.map((side) =>
    growth(
      points.map(({ at }) => at),
      seconds[side],
    ).toFixed(2),
  );
  console.log(`| growth | ${exponents.join(" | | ")} | |`);
}
if (values.json) {
  const rounds = Number(values.rounds);
  writeFileSync(values.json, `${JSON.stringify({ ...about, rounds, results }, null, 1)}\n`);
}
