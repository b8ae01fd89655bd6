/**
 * Measures us and PyTorch alternately, and prints medians and the ratio pair by pair: above 1 we are faster.
 *
 *     npm run bench -- [CASE…] [--python PATH] [--rounds 5] [--shared ../shared] [--json FILE]
 *
 * Without a Python that has PyTorch only our side is measured. `--javascript FOLDER`, where the libraries that
 * peers/javascript.js names are installed, adds a table against those. Every measurement is a process of its own, so that neither
 * side finds the other's threads or memory. A case is a line of `cases`; without names all of them run.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { describe, here, measure, mebibytes, median, scripts, surroundings } from "./measure.js";
import { withFewerImages } from "./smaller.js";

const eightTaus = "0,1,2,4,8,16,32,64";
const cases = {
  "darknet-64-b64": { unit: "images/s", work: ["step", "darknet", 64, 64] },
  "darknet-64-b32": { unit: "images/s", work: ["step", "darknet", 64, 32] },
  "darknet-96-b64": { unit: "images/s", work: ["step", "darknet", 96, 64] },
  "darknet-96-b32": { unit: "images/s", work: ["step", "darknet", 96, 32] },
  "darknet-64-b64-adamw": { unit: "images/s", work: ["step", "darknet", 64, 64, "adamw"] },
  "resnet20-32-b128": { unit: "images/s", work: ["step", "resnet20", 32, 128] },
  "text-frozen-embeddings": { unit: "texts/s", work: ["text", "frozen", 64, 16] },
  "text-trained-embeddings": { unit: "texts/s", work: ["text", "trained", 64, 16] },
  "text-trained-embeddings-adamw": { unit: "texts/s", work: ["text", "trained", 64, 16, "adamw"] },
  "features-64": { unit: "images/s", work: ["features", "darknet", 64, 64] },
  "probe-256": { unit: "epochs/s", work: ["probe", "linear", 256, 64] },
  "tune-cached": { unit: "jobs/s", work: ["cached", eightTaus, 1], script: "tune" },
  "tune-naive": { unit: "jobs/s", work: ["naive", eightTaus, 1], script: "tune" },
  // Our own choice against the full grid: eight taus, to where probing ends, at three rates, each probed anew.
  "tune-auto": {
    unit: "jobs/s",
    work: ["naive", "auto", 6],
    peerWork: ["naive", "0,1,2,4,8,16,64,256", 6, 3],
    script: "tune",
    images: { train: 600, validation: 300 },
  },
};
/** What the libraries in JavaScript are measured by; small, as they take their time. */
const javascriptCases = {
  "darknet-64-b8": { unit: "images/s", work: ["step", "darknet", 64, 8], peer: ["darknet", 8] },
  "probe-64": { unit: "epochs/s", work: ["probe", "linear", 64, 64], peer: ["probe", 64] },
};
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    python: { type: "string", default: "python3" },
    rounds: { type: "string", default: "5" },
    shared: { type: "string", default: here("../../shared") },
    javascript: { type: "string" },
    json: { type: "string" },
  },
});

const whole = { folder: values.shared, remove: () => {} };
const spread = (list, digits) => `${Math.min(...list).toFixed(digits)}–${Math.max(...list).toFixed(digits)}`;

const about = surroundings(values.python);
const torch = about.pytorch;
console.log(describe(about));
console.log("| case | ours | PyTorch | ratio (pair by pair) | memory, MiB: ours, PyTorch |");
console.log("| --- | --- | --- | --- | --- |");

const results = [];
const rate = (list, unit) => (list.length ? `${Number(median(list).toPrecision(4))} ${unit}` : "–");
for (const name of positionals.length ? positionals : Object.keys(cases)) {
  if (!cases[name]) throw new Error(`no case '${name}'; there are ${Object.keys(cases).join(", ")}`);
  const { unit, work, peerWork = work, script = "part", images } = cases[name];
  const { folder, remove } = images ? withFewerImages(values.shared, images) : whole;
  const [ours, theirs] = [[], []];
  for (let round = 0; round < Number(values.rounds); round++) {
    ours.push(measure(process.execPath, scripts[script].ours, work, folder));
    if (torch) theirs.push(measure(values.python, scripts[script].pytorch, peerWork, folder));
  }
  remove();
  const rates = [ours, theirs].map((list) => list.map((m) => m.perSecond));
  const memory = [ours, theirs].map((list) => list.map((m) => m.peakBytes));
  const ratios = rates[1].map((theirRate, i) => rates[0][i] / theirRate);
  results.push({ case: name, unit, ours: rates[0], pytorch: rates[1], ratios, peakBytes: memory });
  const ratio = torch ? `${median(ratios).toFixed(2)} (${spread(ratios, 2)})` : "–";
  console.log(
    `| ${name} | ${rate(rates[0], unit)} | ${rate(rates[1], unit)} | ${ratio} | ${memory.map((list) => (list.length ? mebibytes(list) : "–")).join(", ")} |`,
  );
}
if (values.javascript) {
  console.log("\n| case | ours | library | its rate | ratio (pair by pair) |");
  console.log("| --- | --- | --- | --- | --- |");
  for (const [name, { unit, work, peer }] of Object.entries(javascriptCases))
    for (const library of ["tensorflow", "jax"]) {
      const pairs = [];
      let failure = null;
      for (let round = 0; round < Number(values.rounds) && !failure; round++) {
        const own = measure(process.execPath, scripts.part.ours, work, values.shared).perSecond;
        try {
          const its = measure(process.execPath, "peers/javascript.js", [library, ...peer], values.javascript).perSecond;
          pairs.push([own, its]);
        } catch (error) {
          failure = error.message.replace(/^.*failed: /, "");
        }
      }
      const [ours, theirs] = [0, 1].map((side) => pairs.map((pair) => pair[side]));
      const ratios = pairs.map(([own, its]) => own / its);
      results.push({ case: name, unit, library, ours, peer: theirs, ratios, failure });
      const its = failure ?? rate(theirs, unit);
      const ratio = failure ? "–" : `${median(ratios).toFixed(1)} (${spread(ratios, 1)})`;
      console.log(`| ${name} | ${rate(ours, unit)} | ${library} | ${its} | ${ratio} |`);
    }
}
if (values.json) {
  writeFileSync(values.json, `${JSON.stringify({ ...about, rounds: Number(values.rounds), results }, null, 1)}\n`);
}
