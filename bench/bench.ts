/**
 * Measures us and PyTorch alternately, and prints medians and the ratio pair by pair: above 1 we are faster.
 *
 *     npm run bench -- [CASE…] [--device webgpu] [--python PATH] [--rounds 5] [--shared ../shared] [--json FILE]
 *
 * With --device the cases are those of `deviceCases`, PyTorch's side on CUDA in float32 without TF32. Without a Python that has PyTorch only our side is measured. `--javascript FOLDER`, where the libraries that
 * peers/javascript.ts names are installed, adds a table against those. Every measurement is a process of its own, so that neither
 * side finds the other's threads or memory. A case is a line of `cases`; without names all of them run.
 */
import { parseArgs } from "node:util";
import { inRepository } from "#scripts/paths.js";
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
  type Work,
} from "./measure.js";
import { withJob, type JobName } from "./jobs.js";
import type { Measurement } from "./measurement.js";
import { withMolecules } from "./molecules.js";
import { withImages, type ImageCounts } from "./smaller.js";
import { median } from "./statistics.js";

interface Case {
  readonly unit: string;
  readonly work: Work;
  /** PyTorch's, where it is not the same. */
  readonly peerWork?: Work;
  /** Default: `part`. */
  readonly script?: keyof typeof scripts;
  /** Of CIFAR-10; all of them unless given. */
  readonly images?: ImageCounts;
  /** Of BBBP, as graphs. */
  readonly molecules?: number;
  /** The whole job on this data. */
  readonly job?: JobName;
}

/** Measured beside a library in JavaScript. */
interface JavascriptCase {
  readonly unit: string;
  readonly work: Work;
  readonly peerWork: Work;
}

const eightTaus = "0,1,2,4,8,16,32,64";
const cases: Readonly<Record<string, Case>> = {
  "darknet-64-b64": { unit: "images/s", work: ["step", "darknet", 64, 64] },
  "darknet-64-b32": { unit: "images/s", work: ["step", "darknet", 64, 32] },
  "darknet-96-b64": { unit: "images/s", work: ["step", "darknet", 96, 64] },
  "darknet-96-b32": { unit: "images/s", work: ["step", "darknet", 96, 32] },
  "darknet-64-b64-adamw": { unit: "images/s", work: ["step", "darknet", 64, 64, "adamw"] },
  "resnet20-32-b128": { unit: "images/s", work: ["step", "resnet20", 32, 128] },
  "lite0-128-b32": { unit: "images/s", work: ["step", "lite0", 128, 32] },
  "lite0-224-b16": { unit: "images/s", work: ["step", "lite0", 224, 16] },
  // A class for every pixel.
  "darknet-pixels-128-b16": { unit: "images/s", work: ["pixels", "darknet", 128, 16] },
  "text-frozen-embeddings": { unit: "texts/s", work: ["text", "frozen", 64, 16] },
  "text-trained-embeddings": { unit: "texts/s", work: ["text", "trained", 64, 16] },
  "text-trained-embeddings-adamw": { unit: "texts/s", work: ["text", "trained", 64, 16, "adamw"] },
  // Padded to each batch's longest by PyTorch's script, as the usual collator does.
  "minilm-lengths-b32": { unit: "texts/s", work: ["lengths", "trained", 0, 32] },
  "minilm-lengths-b32-adamw": { unit: "texts/s", work: ["lengths", "trained", 0, 32, "adamw"] },
  "gin-b32": { unit: "molecules/s", work: ["graph", "gin", 0, 32], molecules: 960 },
  // Ours runs on one thread in any case, as sums over rows would lose some otherwise.
  "gin-b32-thread": {
    unit: "molecules/s",
    work: ["graph", "gin", 0, 32],
    peerWork: ["graph", "gin", 0, 32, "threads=1"],
    molecules: 960,
  },
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
  // The command's defaults against one fine-tuning run of as many epochs, from a random head at one rate.
  ...Object.fromEntries(
    Object.entries({ "sign-digits": 10, cifar10: 10, banking77: 4, bbbp: 10 }).map(([job, epochs]) => [
      `job-${job}`,
      { unit: "jobs/s", work: [job, epochs], script: "job" as const, job: job as JobName },
    ]),
  ),
};
/** What the libraries in JavaScript are measured by; small, as they take their time. */
const javascriptCases: Readonly<Record<string, JavascriptCase>> = {
  "darknet-64-b8": { unit: "images/s", work: ["step", "darknet", 64, 8], peerWork: ["darknet", 8] },
  "probe-64": { unit: "epochs/s", work: ["probe", "linear", 64, 64], peerWork: ["probe", 64] },
};
const libraries = ["tensorflow", "jax"];

/** What a GPU is measured by. */
const deviceCases: Readonly<Record<string, Case>> = {
  "darknet-64-b64": { unit: "images/s", work: ["step", "darknet", 64, 64] },
  "lite0-224-b32": { unit: "images/s", work: ["step", "lite0", 224, 32] },
  "minilm-64-b32": { unit: "texts/s", work: ["text", "trained", 64, 32] },
  "minilm-64-b32-frozen-embeddings": { unit: "texts/s", work: ["text", "frozen", 64, 32] },
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    ...commonOptions,
    device: { type: "string", default: "cpu" },
    rounds: { type: "string", default: "5" },
    javascript: { type: "string" },
  },
});
/** PyTorch's side of a device is CUDA. */
const [ourDevice, theirDevice] = values.device === "cpu" ? [[], []] : [[`device=${values.device}`], ["device=cuda"]];
const rounds = Number(values.rounds);

const rate = (list: readonly number[], unit: string): string =>
  list.length ? `${Number(median(list).toPrecision(4))} ${unit}` : "–";

/** The median, and from the lowest to the highest. */
function ratio(list: readonly number[], digits: number): string {
  if (list.length === 0) return "–";
  const [middle, low, high] = [median(list), Math.min(...list), Math.max(...list)].map((r) => r.toFixed(digits));
  return `${middle} (${low}–${high})`;
}

/** A line of the table against PyTorch. @returns what `--json` keeps of it */
async function measureCase(
  name: string,
  { unit, work, peerWork = work, script = "part", images, molecules, job }: Case,
): Promise<object> {
  const { folder, remove } = await (job === undefined
    ? molecules === undefined
      ? withImages(values.shared, images)
      : withMolecules(values.shared, molecules)
    : withJob(values.shared, job));
  const [ours, theirs]: [Measurement[], Measurement[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    ours.push(measure(process.execPath, scripts[script].ours, [...work, ...ourDevice], folder));
    if (about.pytorch)
      theirs.push(measure(values.python, scripts[script].pytorch, [...peerWork, ...theirDevice], folder));
  }
  remove();
  const [ourRates, theirRates] = [ratesOf(ours), ratesOf(theirs)];
  const ratios = theirRates.map((theirRate, i) => ourRates[i]! / theirRate);
  const peakBytes = [peaksOf(ours), peaksOf(theirs)];
  const memory = peakBytes.map((peaks) => (peaks.length ? mebibytes(peaks) : "–")).join(", ");
  console.log(`| ${name} | ${rate(ourRates, unit)} | ${rate(theirRates, unit)} | ${ratio(ratios, 2)} | ${memory} |`);
  return { case: name, unit, ours: ourRates, pytorch: theirRates, ratios, peakBytes };
}

/** A line of the table against a library in JavaScript, which may lack what the case needs. */
function measureLibrary(name: string, testCase: JavascriptCase, library: string, folder: string): object {
  const { unit, work, peerWork } = testCase;
  const [ours, peer]: [number[], number[]] = [[], []];
  let failure: string | null = null;
  for (let round = 0; round < rounds && failure === null; round++) {
    const own = measure(process.execPath, scripts.part.ours, work, values.shared).perSecond;
    try {
      const script = inRepository("bench/dist/peers/javascript.js");
      peer.push(measure(process.execPath, script, [library, ...peerWork], folder).perSecond);
      ours.push(own);
    } catch (error) {
      failure = String(error instanceof Error ? error.message : error).replace(/^.*failed: /, "");
    }
  }
  const ratios = peer.map((its, i) => ours[i]! / its);
  const its = failure ?? rate(peer, unit);
  console.log(`| ${name} | ${rate(ours, unit)} | ${library} | ${its} | ${failure === null ? ratio(ratios, 1) : "–"} |`);
  return { case: name, unit, library, ours, peer, ratios, failure };
}

const about = surroundings(values.python);
const results: object[] = [];
console.log(describe(about));
console.log("| case | ours | PyTorch | ratio (pair by pair) | memory, MiB: ours, PyTorch |");
console.log("| --- | --- | --- | --- | --- |");
for (const [name, testCase] of chosen("case", values.device === "cpu" ? cases : deviceCases, positionals))
  results.push(await measureCase(name, testCase));
if (values.javascript) {
  console.log("\n| case | ours | library | its rate | ratio (pair by pair) |");
  console.log("| --- | --- | --- | --- | --- |");
  for (const [name, testCase] of Object.entries(javascriptCases))
    for (const library of libraries) results.push(measureLibrary(name, testCase, library, values.javascript));
}
if (values.json) keep(values.json, about, rounds, results);
