/** What every benchmark shares: a measurement is a process of its own, ours or PyTorch's. */
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { fileURLToPath } from "node:url";

/** The two sides of a case; the whole job is a script of its own. */
export const scripts = {
  part: { ours: "ours.js", pytorch: "peers/pytorch.py" },
  tune: { ours: "tune.js", pytorch: "peers/pytorch_tune.py" },
};

export const here = (file) => fileURLToPath(new URL(file, import.meta.url));

/** @returns { perSecond, peakBytes } @throws {Error} with the last words of a process that fails */
export function measure(program, script, work, folder) {
  const run = spawnSync(program, [here(script), ...work.map(String), folder], { encoding: "utf8" });
  const reason = /^\w*Error: .*$/m.exec(run.stderr)?.[0] ?? run.stderr.trim().split("\n").at(-1);
  if (run.status !== 0) throw new Error(`${script} ${work.join(" ")} failed: ${reason}`);
  return JSON.parse(run.stdout.trim().split("\n").at(-1));
}

/** @returns null where that Python has no PyTorch */
export function pytorchVersion(python) {
  try {
    return execFileSync(python, ["-c", "import torch; print(torch.__version__)"], { stdio: "pipe" }).toString().trim();
  } catch {
    return null;
  }
}

export function surroundings(python) {
  const runtime = JSON.parse(readFileSync(here("../node_modules/onnxruntime-node/package.json"), "utf8")).version;
  return {
    machine: `${cpus().length} × ${cpus()[0].model}, ${Math.round(totalmem() / 2 ** 30)} GiB`,
    node: process.version,
    onnxruntime: runtime,
    pytorch: pytorchVersion(python),
  };
}

export function describe({ machine, node, onnxruntime, pytorch }) {
  const peer = pytorch ? `PyTorch ${pytorch}` : "no PyTorch found: our side alone";
  return `${machine}; Node ${node}, onnxruntime-node ${onnxruntime}, ${peer}`;
}

export const median = (list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)];
export const mebibytes = (list) => Math.round(median(list) / 2 ** 20);
