import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { pipeline } from "@huggingface/transformers";
import sharp from "sharp";
import { expect, test } from "vitest";
import { parseOptions } from "../options/options.js";
import { scanImageFolder } from "../images/folders/image-folder.js";
import { drawFolders } from "../demo/folders.js";
import { tuneFolder } from "./tune.js";

const backbone = fileURLToPath(new URL("../../assets/demo-backbone.onnx", import.meta.url));

test("transformers.js scores the exported folder within one point of the reported accuracy", async () => {
  const root = await mkdtemp(join(tmpdir(), "taskhead-transformers-"));
  try {
    const folders = await drawFolders(join(root, "images"), 7);
    const given = { backbone, val: folders.validation, taus: "4", epochs: "1", batch: "32", size: "32", seed: "0" };
    const fixed = { probeLr: "auto", momentum: "0.9", smoothing: "0", memory: "100", json: false };
    const written = { export: "fp16,int8" };
    const places = { out: join(root, "run"), cache: join(root, "cache"), verbose: false };
    const results = await tuneFolder(parseOptions(folders.train, { ...given, ...fixed, ...written, ...places }), {
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

    // Pictures of different sizes in one list, one of them larger than what lists are padded to: as one by one.
    const pictures = await picturesOf(root, join(at, files[0]!.path), [
      [40, 60],
      [200, 31],
      [700, 300],
    ]);
    const alone = [];
    for (const picture of pictures) alone.push(await classify(picture, { top_k: 1 }));
    expect(await classify(pictures, { top_k: 1 })).toEqual(alone);

    const { files: exported } = results.best!;
    expect(exported.map(({ file, opset, oldestRuntime }) => [file, opset, oldestRuntime])).toEqual(
      ["model.onnx", "model_fp16.onnx", "model_int8.onnx"].map((file) => [`model/onnx/${file}`, 18, "1.14"]),
    );
    for (const { precision, bytes, file, validationScore } of exported) {
      expect((await stat(join(root, "run", file))).size).toBe(bytes);
      expect(Math.abs(validationScore - results.best!.validationScore)).toBeLessThanOrEqual(0.05);
      const copy = await pipeline("image-classification", join(root, "run", "model"), { dtype: precision });
      expect(await copy(pictures[0]!, { top_k: 1 })).toHaveLength(1);
    }
    const card = await readFile(join(root, "run", "model", "README.md"), "utf8");
    expect(card).toMatch(/^---\nlibrary_name: transformers.js\npipeline_tag: image-classification\n/);
    expect(card).toContain(`value: ${results.best!.validationScore}\n`);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
});

/** Copies of a picture in other sizes, [height, width]. */
async function picturesOf(root: string, path: string, sizes: [height: number, width: number][]): Promise<string[]> {
  return Promise.all(
    sizes.map(async ([height, width]) => {
      const copy = join(root, `${height}x${width}.png`);
      await sharp(path).resize({ width, height, fit: "fill" }).toFile(copy);
      return copy;
    }),
  );
}
