/**
 * Measures us and PyTorch alternately, and prints medians and the ratio pair by pair: above 1 we are faster.
 *
 *     npm run bench -- [CASE…] [--python PATH] [--rounds 5] [--shared ../shared] [--json FILE]
 *
 * Without a Python that has PyTorch only our side is measured. `--javascript FOLDER`, where the libraries that
 * peers/javascript.js names are installed, adds a table against those. Every measurement is a process of its own, so that neither
 * side finds the other's threads or memory. A case is a line of `cases`; without names all of them run.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const cases = {
  "darknet-64-b64": { unit: "images/s", work: ["step", "darknet", 64, 64] },
  "darknet-64-b32": { unit: "images/s", work: ["step", "darknet", 64, 32] },
  "darknet-96-b64": { unit: "images/s", work: ["step", "darknet", 96, 64] },
  "darknet-96-b32": { unit: "images/s", work: ["step", "darknet", 96, 32] },
  "resnet20-32-b128": { unit: "images/s", work: ["step", "resnet20", 32, 128] },
  "text-frozen-embeddings": { unit: "texts/s", work: ["text", "frozen", 64, 16] },
  "text-trained-embeddings": { unit: "texts/s", work: ["text", "trained", 64, 16] },
  "features-64": { unit: "images/s", work: ["features", "darknet", 64, 64] },
  "probe-256": { unit: "epochs/s", work: ["probe", "linear", 256, 64] },
  "tune-cached": { unit: "jobs/s", work: ["cached", "0,1,8,64", 2], script: "tune" },
  "tune-naive": { unit: "jobs/s", work: ["naive", "0,1,8,64", 2], script: "tune" },
};
/** What the libraries in JavaScript are measured by; small, as they take their time. */
const javascriptCases = {
  "darknet-64-b8": { unit: "images/s", work: ["step", "darknet", 64, 8], peer: ["darknet", 8] },
  "probe-64": { unit: "epochs/s", work: ["probe", "linear", 64, 64], peer: ["probe", 64] },
};
/** The two sides of a case; the whole job is a script of its own. */
const scripts = {
  part: { ours: "ours.js", pytorch: "peers/pytorch.py" },
  tune: { ours: "tune.js", pytorch: "peers/pytorch_tune.py" },
};

const here = (file) => fileURLToPath(new URL(file, import.meta.url));
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

function measure(program, script, work, folder = values.shared) {
  const run = spawnSync(program, [here(script), ...work.map(String), folder], { encoding: "utf8" });
  const reason = /^\w*Error: .*$/m.exec(run.stderr)?.[0] ?? run.stderr.trim().split("\n").at(-1);
  if (run.status !== 0) throw new Error(`${script} ${work.join(" ")} failed: ${reason}`);
  return JSON.parse(run.stdout.trim().split("\n").at(-1));
}

function pytorchVersion() {
  try {
    return execFileSync(values.python, ["-c", "import torch; print(torch.__version__)"], { stdio: "pipe" })
      .toString()
      .trim();
  } catch {
    return null;
  }
}

const median = (list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)];
const mebibytes = (list) => Math.round(median(list) / 2 ** 20);
const spread = (list, digits) => `${Math.min(...list).toFixed(digits)}–${Math.max(...list).toFixed(digits)}`;

const torch = pytorchVersion();
const runtime = JSON.parse(readFileSync(here("../node_modules/onnxruntime-node/package.json"), "utf8")).version;
const machine = `${cpus().length} × ${cpus()[0].model}, ${Math.round(totalmem() / 2 ** 30)} GiB`;
console.log(
  `${machine}; Node ${process.version}, onnxruntime-node ${runtime}, ${torch ? `PyTorch ${torch}` : "no PyTorch found: our side alone"}`,
);
console.log("| case | ours | PyTorch | ratio (pair by pair) | memory, MiB: ours, PyTorch |");
console.log("| --- | --- | --- | --- | --- |");

const results = [];
const rate = (list, unit) => (list.length ? `${Number(median(list).toPrecision(4))} ${unit}` : "–");
for (const name of positionals.length ? positionals : Object.keys(cases)) {
  if (!cases[name]) throw new Error(`no case '${name}'; there are ${Object.keys(cases).join(", ")}`);
  const { unit, work, script = "part" } = cases[name];
  const [ours, theirs] = [[], []];
  for (let round = 0; round < Number(values.rounds); round++) {
    ours.push(measure(process.execPath, scripts[script].ours, work));
    if (torch) theirs.push(measure(values.python, scripts[script].pytorch, work));
  }
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
        const own = measure(process.execPath, scripts.part.ours, work).perSecond;
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
  const about = { machine, node: process.version, onnxruntime: runtime, pytorch: torch, rounds: Number(values.rounds) };
  writeFileSync(values.json, `${JSON.stringify({ ...about, results }, null, 1)}\n`);
}
