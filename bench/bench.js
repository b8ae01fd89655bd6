/**
 * Measures us and PyTorch alternately, and prints medians and the ratio pair by pair: above 1 we are faster.
 *
 *     npm run bench -- [CASE…] [--python PATH] [--rounds 5] [--shared ../shared] [--json FILE]
 *
 * Without a Python that has PyTorch only our side is measured. Every measurement is a process of its own, so that neither
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
    json: { type: "string" },
  },
});

function measure(program, script, work) {
  const run = spawnSync(program, [here(script), ...work.map(String), values.shared], { encoding: "utf8" });
  if (run.status !== 0) throw new Error(`${script} ${work.join(" ")} failed: ${run.stderr.trim().split("\n").at(-1)}`);
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
  const rate = (list) => (list.length ? `${Number(median(list).toPrecision(4))} ${unit}` : "–");
  const ratio = torch ? `${median(ratios).toFixed(2)} (${spread(ratios, 2)})` : "–";
  console.log(
    `| ${name} | ${rate(rates[0])} | ${rate(rates[1])} | ${ratio} | ${memory.map((list) => (list.length ? mebibytes(list) : "–")).join(", ")} |`,
  );
}
if (values.json) {
  const about = { machine, node: process.version, onnxruntime: runtime, pytorch: torch, rounds: Number(values.rounds) };
  writeFileSync(values.json, `${JSON.stringify({ ...about, results }, null, 1)}\n`);
}
