import { execFile } from "node:child_process";
import { copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { float32, GraphBuilder, writeModel } from "@taskhead/autograd";
import sharp from "sharp";
import { beforeAll, expect, test } from "vitest";
import { drawChalk, side, targetClasses } from "./demo/draw.js";

const run = promisify(execFile);
const repository = fileURLToPath(new URL("../../..", import.meta.url));
const compiler = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin/tsc");
const compiling = "--strict --target es2023 --types node --skipLibCheck false --rootDir .".split(" ");

/** Programs of the READMEs, by file: blocks that go on from one another are one program. */
const programs = {
  "tune.ts": { from: "README.md", blocks: [0, 1] },
  "own-data.ts": { from: "README.md", blocks: [1, 2] },
  "core.ts": { from: "packages/core/README.md", blocks: [0, undefined] },
  "run.ts": { from: "packages/taskhead/README.md", blocks: [0, 1] },
  "served.ts": { from: "packages/taskhead/README.md", blocks: [1, 2] },
  "guide.ts": { from: "packages/taskhead/README.md", blocks: [2, 3] },
  "autograd.ts": { from: "packages/autograd/README.md", blocks: [0, undefined] },
} as const;

let root: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "taskhead-readme-"));
  await symlink(join(repository, "node_modules"), join(root, "node_modules"), "dir");
  await writeFile(join(root, "package.json"), JSON.stringify({ type: "module" }));
  for (const [file, { from, blocks }] of Object.entries(programs)) {
    const text = await readFile(join(repository, from), "utf8");
    const code = [...text.matchAll(/^```ts\n(.*?)^```/gms)].map((block) => block[1]!);
    expect(code.length, from).toBeGreaterThanOrEqual(blocks[1] ?? 1);
    await writeFile(join(root, file), `${code.slice(...blocks).join("\n")}\nexport {};\n`);
  }
  await copyFile(join(repository, "packages/taskhead/assets/demo-backbone.onnx"), join(root, "model.onnx"));
  await drawn("photos/train", 6, 0);
  await drawn("photos/validation", 4, 1000);
  await copyFile(join(root, "photos/train", targetClasses[0]!, "0.png"), join(root, "some.jpg"));
  await writeFile(join(root, "train.json"), JSON.stringify(await numbers(4, 0)));
  await writeFile(join(root, "val.json"), JSON.stringify(await numbers(3, 1000)));
  await writeFile(join(root, "encoder.onnx"), encoder());
  await writeFile(join(root, "gin.onnx"), gin());
  await run(
    process.execPath,
    [compiler, ...compiling, "--module", "nodenext", "--outDir", "out", ...Object.keys(programs)],
    {
      cwd: root,
    },
  ).catch(said);
  return () => rm(root, { recursive: true, force: true });
});

/** What the compiler wrote is what went wrong. */
function said(error: { stdout?: string }): never {
  throw new Error(error.stdout);
}

async function drawn(folder: string, perClass: number, from: number): Promise<void> {
  for (const kind of targetClasses) {
    await mkdir(join(root, folder, kind), { recursive: true });
    for (let i = 0; i < perClass; i++)
      await sharp(await drawChalk(kind, 0, from + i), { raw: { width: side, height: side, channels: 3 } })
        .png()
        .toFile(join(root, folder, kind, `${i}.png`));
  }
}

/** Drawings as numbers 0..1, channels first, with their labels. */
async function numbers(perClass: number, from: number): Promise<{ values: number[]; labels: number[] }> {
  const values: number[] = [];
  const labels: number[] = [];
  for (const [label, kind] of targetClasses.slice(0, 6).entries())
    for (let i = 0; i < perClass; i++) {
      const bytes = await drawChalk(kind, 0, from + i);
      for (let c = 0; c < 3; c++) for (let p = 0; p < side * side; p++) values.push(bytes[3 * p + c]! / 255);
      labels.push(label);
    }
  return { values, labels };
}

/** input_ids, attention_mask → a vector per token. */
function encoder(): Uint8Array {
  const b = new GraphBuilder("encoder");
  const ids = b.input("input_ids", "int64", ["batch", "tokens"]);
  const mask = b.input("attention_mask", "int64", ["batch", "tokens"]);
  const wave = (n: number): Float32Array => Float32Array.from({ length: n }, (_, i) => Math.sin(i * i + 1));
  const table = b.initializer("embeddings", float32(wave(120 * 8), [120, 8]));
  const tokens = b.op("Gather", [table, ids]);
  const real = b.op("Unsqueeze", [
    b.op("Cast", [mask], { to: 1 }),
    b.constant({ dtype: "int64", data: BigInt64Array.of(-1n), shape: [1] }),
  ]);
  b.setOutputs({ hidden: b.mul(tokens, real) });
  return writeModel(b.model());
}

/** x, edge_index → a vector per node: its own and its neighbours'. */
function gin(): Uint8Array {
  const b = new GraphBuilder("gin");
  const x = b.input("x", "int64", ["nodes", 1]);
  const edges = b.input("edge_index", "int64", [2, "edges"]);
  const row = (value: string, axis: number, at: number): string => b.op("Gather", [value, b.integer(at)], { axis });
  const wave = Float32Array.from({ length: 16 * 8 }, (_, i) => Math.sin(i * i + 1));
  const atoms = b.op("Gather", [b.initializer("atoms", float32(wave, [16, 8])), row(x, 1, 0)]);
  const sent = b.op("Gather", [atoms, row(edges, 0, 0)]);
  const to = b.op("Unsqueeze", [row(edges, 0, 1), b.ints([1])]);
  b.setOutputs({ nodes: b.op("Tanh", [b.op("ScatterND", [atoms, to, sent], { reduction: "add" })]) });
  return writeModel(b.model());
}

test("programs compile where a bundler resolves modules", async () => {
  const bundling = ["--module", "esnext", "--moduleResolution", "bundler", "--noEmit"];
  await run(process.execPath, [compiler, ...compiling, ...bundling, ...Object.keys(programs)], { cwd: root }).catch(
    said,
  );
});

const runs: [program: string, says: RegExp][] = [
  ["tune", /^tau .*: accuracy [01]/m],
  ["own-data", /^tau .*: [01].*, features moved by \d/m],
  ["core", /R² -?\d/],
  ["run", /^tau [04]: accuracy [01]/m],
  ["guide", /tau 0: [01].*\n.*tau 4: [01]/s],
  ["served", /Float32Array\(\d+\)/],
];

test.each(runs)("%s runs", async (program, says) => {
  // Its own folder, as two of them keep a run in `run`; the last one reads what the one before left there.
  const cwd = join(root, program === "served" ? "run" : program);
  if (program !== "served") {
    await mkdir(cwd);
    const files = ["model.onnx", "encoder.onnx", "gin.onnx", "train.json", "val.json", "photos", "some.jpg"];
    for (const file of files) await symlink(join(root, file), join(cwd, file));
  }
  const { stdout } = await run(process.execPath, [join(root, "out", `${program}.js`)], { cwd });
  expect(stdout).toMatch(says);
});
