import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { numberTargets, split } from "@taskhead/core";
import type { Answer } from "@taskhead/core/internals";
import type { Page } from "playwright-core";
import { isRead, joinedGraphs, readEach } from "taskhead/inputs";
import { csv } from "#taskhead/files/csv.js";
import { loadRdkit } from "#taskhead/graphs/chemistry/load-rdkit.js";
import { inRepository } from "../paths.js";
import { tinyGraphNet } from "../tiny-graph-net.js";
import { taskhead } from "./command-line.js";
import { unpack } from "./served.js";
import {
  answerOf,
  checkResumed,
  downloaded,
  headlineOf,
  keptFile,
  keptProject,
  probed,
  tableOf,
  targetsOf,
  tuned,
  type Tabs,
} from "./tabs.js";

const epochs = 6;
const asked = "NCCc1ccccc1";

/**
 * Molecules as a table of SMILES: found and said, made graphs by RDKit in the tab to the same numbers as in Node, probed and
 * fine-tuned, one asked and drawn, and the downloaded model as `taskhead predict` and `taskhead evaluate` have it. What
 * compiles as it runs is allowed in RDKit's worker alone.
 */
export async function checkMoleculesTab(tabs: Tabs, folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const rows = molecules();
  const [table, net] = writeMolecules(folder, rows);
  const page = await tabs.tab();
  const allowed = new Map<string, boolean>();
  let fetched = 0;
  page.context().on("response", (response) => {
    const policy = response.headers()["content-security-policy"] ?? "";
    allowed.set(new URL(response.url()).pathname, policy.includes("'unsafe-eval'"));
    fetched += Number(response.url().includes("RDKit_minimal"));
  });
  await page.reload();
  await page.setInputFiles("[data-testid=file]", table);
  await page.waitForSelector("[data-testid=given]");
  const said = (await page.innerText(".step >> nth=0")).replace(/\s+/g, " ");
  tabs.check(
    "molecules are found and said",
    (await page.inputValue("[data-testid=rows]")) === "molecules" &&
      /reads molecules from column 'smiles' and classes from column 'label' of molecules\.csv/.test(said),
    /\d+ molecules .*/.exec(said)?.[0],
  );
  tabs.check(
    "a network is asked for, as none comes with the page",
    (await page.isDisabled("button.main:has-text('Probe')")) &&
      (await page.innerText("[data-testid=backbone]")) === "None is chosen yet.",
    await page.innerText("[data-testid=backbone]"),
  );
  await tabs.shot(page, "20-molecules");
  await page.setInputFiles("[data-testid=onnx]", net);
  await page.waitForSelector("[data-testid=backbone]:has-text('net.onnx')");
  tabs.check("RDKit is not fetched before it is needed", fetched === 0, fetched);
  await probed(page);
  tabs.check("and then from the page's own server", fetched > 0, `${fetched} files`);
  const lenient = [...allowed].filter(([, is]) => is).map(([path]) => path);
  tabs.check(
    "what compiles as it runs is allowed in its worker alone",
    lenient.length === 1 && lenient[0]!.startsWith("/assets/chemistry-worker-"),
    `${lenient.join(" ")} of ${allowed.size} files`,
  );
  const told = await page.innerText(".step >> nth=2");
  tabs.check(
    "it is said what makes graphs of them, how they are split, and which is none",
    /Molecules become graphs by RDKit [\d.]+/.test(told) &&
      /split by scaffold: of \d+, none is on both sides/.test(told) &&
      /1 molecule could not be read: molecules\.csv:\d+ \('C1CC\(' is no valid SMILES\)/.test(told),
    told.replace(/\s+/g, " ").slice(180, 700),
  );
  await checkNumbers(tabs, page, rows);
  await page.waitForSelector("[data-testid=forecast]:has-text('features will move')", { timeout: 120_000 });
  await tabs.shot(page, "21-molecules-probed");
  await tuned(page, epochs);
  const runs = await tableOf(page);
  await page.fill("[data-testid=ask]", "CC(");
  await page.waitForSelector(".try .fault:not([hidden])");
  const fault = await page.innerText(".try .fault");
  tabs.check("what is no molecule is said in a line", fault.includes("'CC(' is no valid SMILES; write it as"), fault);
  await page.fill("[data-testid=ask]", asked);
  const answer = await answerOf(page);
  const drawn = (await page.getAttribute(".asked img", "src")) ?? "";
  tabs.check("the molecule that is asked is drawn", drawn.startsWith("data:image/svg+xml"), drawn.slice(0, 26));
  await page.click("summary:has-text('The whole report')");
  await tabs.shot(page, "22-molecules-tuned");
  await tabs.accessible(page, "with molecules");

  const model = join(folder, "model");
  unpack(await downloaded(page, "Download the model"), model);
  const { predictions } = taskhead<{ predictions: Answer[] }>("predict", model, asked);
  const { label, probability } = predictions[0]!.classes![0]!;
  const theirs = `${label} ${(100 * probability).toFixed(1)} %`;
  tabs.check("taskhead predict says the same of a molecule", theirs === answer, `${theirs} (tab: ${answer})`);
  const { score } = taskhead<{ score: number }>("evaluate", model, await keptBack(page, folder, rows));
  const headline = await headlineOf(page);
  const expected = `${(100 * score).toFixed(1)} % on the validation molecules`;
  tabs.check(
    "its score under taskhead evaluate is the one that was reported",
    headline.startsWith(expected),
    `${expected} (${headline})`,
  );
  await page.context().close();
  const prepare = async (other: Page): Promise<void> => {
    await other.setInputFiles("[data-testid=file]", table);
    await other.waitForSelector("[data-testid=given]");
    await other.setInputFiles("[data-testid=onnx]", net);
    await other.waitForSelector("[data-testid=backbone]:has-text('net.onnx')");
  };
  await checkResumed(tabs, "a tab with molecules, loaded again,", { prepare }, epochs, runs);
}

/** A table of molecules, and a network that takes them. @returns the paths of both */
export function writeMolecules(
  folder: string,
  rows: readonly (readonly [string, string])[] = molecules(),
): [string, string] {
  mkdirSync(folder, { recursive: true });
  const [table, net] = [join(folder, "molecules.csv"), join(folder, "net.onnx")];
  writeFileSync(table, csv([["smiles", "label"], ...rows, ["C1CC(", "amine"]]));
  writeFileSync(net, tinyGraphNet());
  return [table, net];
}

/** Molecules of the reference for features, and others that differ in what hangs on them; by whether there is nitrogen. */
export function molecules(): (readonly [smiles: string, label: string])[] {
  const reference = inRepository("packages/taskhead/src/graphs/chemistry/molecules.json");
  const { molecules: all } = JSON.parse(readFileSync(reference, "utf8")) as {
    molecules: { smiles: string; graph: string | null }[];
  };
  const known = all.flatMap(({ smiles, graph }) => (graph === null || /[\s"]/.test(smiles) ? [] : [smiles]));
  const cores = ["C1CCCCC1", "c1ccccc1", "C1CCCC1", "CCC", "c1ccoc1", "CCCC", "C1CC1", "CC(C)C"];
  const ends = ["N", "O", "CN", "CO", "C(=O)N", "C(=O)O", "CCN", "CCO", "NC", "OC"];
  const drawn = cores.flatMap((core) => ends.map((end) => `${core}${end}`));
  return [...known, ...drawn].map((smiles) => [
    smiles,
    /n/i.test(smiles.replace(/Zn|Mn|Sn|In/g, "")) ? "amine" : "other",
  ]);
}

/** What the tab has kept are the numbers that Node makes of the same molecules. */
async function checkNumbers(tabs: Tabs, page: Page, rows: readonly (readonly [string, string])[]): Promise<void> {
  const [head, ...parts] = pieces(await keptFile(page, "samples.bin"));
  const { canonical, scaffolds } = JSON.parse(Buffer.from(head!).toString("utf8")) as Record<string, string[]>;
  const numbers = parts.map((part) => new Int32Array(Uint8Array.from(part).buffer));
  const read = await readEach(
    await loadRdkit(),
    rows.map(([smiles]) => smiles),
    { featuriser: "ogb", scaffolds: true },
  );
  const known = read.filter(isRead);
  const own = joinedGraphs(
    known.map(({ graph }) => graph),
    numberTargets(known.map(() => [0])),
  );
  const same =
    [own.nodes, own.nodeStarts, own.sources, own.destinations, own.edgeStarts, own.edges!].every(
      (all, i) => all.length === numbers[i]!.length && all.every((value, at) => value === numbers[i]![at]),
    ) && known.every(({ canonical: one, scaffold }, i) => one === canonical![i] && scaffold === scaffolds![i]);
  tabs.check(
    "they have the same numbers in the tab as in Node",
    same,
    `${known.length} molecules, ${own.nodes.length} numbers of atoms`,
  );
}

/** Pieces of bytes that the tab keeps as one: their number and lengths as float64, then all of them. */
function pieces(bytes: Buffer): Uint8Array[] {
  const count = bytes.readDoubleLE(0);
  let at = 8 * (count + 1);
  return Array.from({ length: count }, (_, i) => bytes.subarray(at, (at += bytes.readDoubleLE(8 * (i + 1)))));
}

/** The molecules that were kept back, by the same split, as a table. */
async function keptBack(page: Page, folder: string, rows: readonly (readonly [string, string])[]): Promise<string> {
  const project = await keptProject(page);
  const [head] = pieces(await keptFile(page, "samples.bin"));
  const { canonical, scaffolds, smiles } = JSON.parse(Buffer.from(head!).toString("utf8")) as Record<string, string[]>;
  const labels = new Map(rows);
  const { validation } = split(targetsOf(project), 0.2, 0, canonical, scaffolds);
  const path = join(folder, "kept.csv");
  writeFileSync(path, csv([["smiles", "label"], ...validation.map((i) => [smiles![i]!, labels.get(smiles![i]!)!])]));
  return path;
}
