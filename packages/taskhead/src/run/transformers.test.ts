import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { pipeline } from "@huggingface/transformers";
import { expect, test } from "vitest";
import { parseOptions } from "../options/options.js";
import { scanImageFolder } from "../images/index.js";
import { drawFolders } from "../demo/folders.js";
import { tuneFolder } from "./tune.js";

const backbone = fileURLToPath(new URL("../../assets/demo-backbone.onnx", import.meta.url));

test("transformers.js scores the exported folder within one point of the reported accuracy", async () => {
  const root = await mkdtemp(join(tmpdir(), "taskhead-transformers-"));
  try {
    const folders = await drawFolders(join(root, "images"), 7);
    const given = { backbone, val: folders.validation, taus: "4", epochs: "1", batch: "32", size: "32", seed: "0" };
    const fixed = { valFraction: "0.2", probeLr: "auto", momentum: "0.9", smoothing: "0", memory: "100", json: false };
    const places = { out: join(root, "run"), cache: join(root, "cache"), verbose: false };
    const results = await tuneFolder(parseOptions(folders.train, { ...given, ...fixed, ...places }), {
      commandLine: "taskhead tune",
    });
    const classify = await pipeline("image-classification", join(root, "run", "model"), { dtype: "fp32" });
    const { root: at, files } = await scanImageFolder(folders.validation);
    let correct = 0;
    for (const { path } of files) {
      const [first] = (await classify(join(at, path), { top_k: 1 })) as { label: string }[];
      if (first?.label === basename(dirname(path))) correct++;
    }
    expect(Math.abs(correct / files.length - results.best!.validationScore)).toBeLessThanOrEqual(0.01);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
});
