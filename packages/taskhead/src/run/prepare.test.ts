import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadModel, writeModel } from "@taskhead/autograd";
import { beforeAll, expect, it } from "vitest";
import { drawStripes, tinyBackboneFile } from "../../test/stripes.js";
import { tuneOptions } from "../../test/tune-options.js";
import { probeFolder } from "./tune.js";

let root: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "taskhead-prepare-"));
  await drawStripes(join(root, "data"), 2);
  await tinyBackboneFile(join(root, "tiny.onnx"));
  return () => rm(root, { recursive: true, force: true });
});

/** The backbone with another operator in place of Relu. */
async function withOperator(opType: string): Promise<string> {
  const model = loadModel(await readFile(join(root, "tiny.onnx")));
  const nodes = model.graph.nodes.map((node) => (node.opType === "Relu" ? { ...node, opType } : node));
  const file = join(root, `${opType}.onnx`);
  await writeFile(file, writeModel({ ...model, graph: { ...model.graph, nodes } }));
  return file;
}

it.each([
  ["Unheard", /this operator is not supported; export the model without it$/],
  ["Hardmax", /this operator has no gradient; train only what comes after it \(--freeze-until\); it lies on the path/],
])(
  "a model with the operator %s is refused in one line that names its file, and only remedies of the command line",
  async (operator, remedy) => {
    const backbone = await withOperator(operator);
    const options = { ...tuneOptions(root, "run", { val: join(root, "data") }), backbone };
    const error: unknown = await probeFolder(options, { commandLine: "taskhead probe" }).catch((e: unknown) => e);
    const { message } = error as Error;
    expect(message.startsWith(`${backbone}: `), message).toBe(true);
    expect(message).toMatch(remedy);
    expect(message).not.toMatch(/operators`|\n/);
  },
);
