import { mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import { drawStripes, labels, tinyBackboneFile } from "../../test/stripes.js";
import { tuneOptions } from "../../test/tune-options.js";
import { probeFolder, type Found } from "./tune.js";

let root: string;
let found: Found;
let moved: string;
const probe = (): Promise<Found> =>
  probeFolder(tuneOptions(root, "run", { val: join(root, "val"), taus: "0,1", epochs: "1" }), {
    commandLine: "taskhead probe",
  });

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "taskhead-labels-"));
  await drawStripes(join(root, "data"), 20);
  await drawStripes(join(root, "val"), 6);
  await tinyBackboneFile(join(root, "tiny.onnx"));
  moved = join(root, "data", labels[1]!, "planted, by hand.png");
  await rename(join(root, "data", labels[0]!, "3.png"), moved);
  found = await probe();
  return () => rm(root, { recursive: true, force: true });
});

it("finds a file that lies in the folder of another class, and writes it into a table", async () => {
  const { judged, score, list } = found.labels!;
  expect(judged).toBe(20 * labels.length);
  expect(score).toBeGreaterThan(0.8);
  expect(list[0]).toMatchObject({ name: moved, label: labels[1], predicted: labels[0] });
  expect(list[0]!.el2n).toBeGreaterThan(1);
  const [head, first] = (await readFile(join(root, "run", "labels-to-check.csv"), "utf8")).split("\n");
  expect(head).toBe("file,label,predicted,el2n,probability of the label,probability of the predicted");
  const { el2n, given, probability } = list[0]!;
  expect(first).toBe(
    `"${moved}",${labels[1]},${labels[0]},${[el2n, given, probability].map((v) => v.toFixed(4)).join()}`,
  );
});

it("is read back as it was found", async () => expect((await probe()).labels).toEqual(found.labels));
