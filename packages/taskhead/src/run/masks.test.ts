import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "@huggingface/transformers";
import sharp from "sharp";
import { beforeAll, describe, expect, it } from "vitest";
import { drawHalves, onePng } from "../../test/pictures-with-masks.js";
import { tinyBackboneFile } from "../../test/stripes.js";
import { tuneOptions } from "../../test/tune-options.js";
import type { Context } from "../commands/context.js";
import { evaluateCommand } from "../commands/evaluate.js";
import { predictCommand } from "../commands/predict.js";
import type { Evaluation } from "../report/evaluation/index.js";
import type { TuneResults } from "../report/index.js";
import { silent } from "../terminal/progress.js";
import { readPng } from "../masks/png.js";
import { inflate } from "../masks/read-mask.js";
import { tuneFolder } from "./tune.js";

let root: string;
let results: TuneResults;

const options = (out: string, given: Record<string, unknown> = {}) =>
  tuneOptions(root, out, { size: "24x16", taus: "0,2", epochs: "1", valFraction: "0.25", ...given });

function listening(): [context: Context, printed: string[], said: string[]] {
  const [printed, said]: [string[], string[]] = [[], []];
  const progress = { ...silent, say: (line: string) => void said.push(line) };
  const print = (text: string): void => void printed.push(text);
  return [{ print, progress, signal: new AbortController().signal, commandLine: "" }, printed, said];
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "taskhead-run-masks-"));
  await drawHalves(join(root, "data"), 16);
  // Of another size, as large as their pictures.
  await drawHalves(join(root, "test"), 4, { width: 36, height: 20, first: 30 });
  await writeFile(join(root, "classes.json"), JSON.stringify({ classes: { dark: 0, bright: 3 }, ignore: 255 }));
  await tinyBackboneFile(join(root, "tiny.onnx"));
  results = await tuneFolder(options("run", { test: join(root, "test") }), { commandLine: "taskhead tune" });
  return () => rm(root, { recursive: true, force: true });
});

describe("a tuning on pictures with masks", () => {
  it("takes the task from the folder, and scores classes of pixels", () => {
    expect(results.data).toMatchObject({ objective: "segmentation", outputs: ["dark", "bright"], sample: "image" });
    expect(results.options).toMatchObject({ size: "24×16", masks: "24×16", task: "segmentation" });
    expect(results.best!.testScore!).toBeGreaterThan(0.4);
    expect(results.best!.onTest!.outputs!.map(({ name }) => name)).toEqual(["dark", "bright"]);
    // All of the test masks' own pixels that count, not those that training would have resized them to.
    expect(results.best!.onTest!.outputs!.reduce((sum, { measured }) => sum + measured, 0)).toBe(4 * 35 * 20);
  });

  it("reports pictures, what they are and what was answered, with a legend", async () => {
    const page = await readFile(join(root, "run", "report.html"), "utf8");
    for (const title of ["image", "labelled", "probed head", "fine-tuned"])
      expect(page).toContain(`<figcaption>${title}`);
    expect(page.match(/src="data:image\/png/g)!.length).toBeGreaterThanOrEqual(3 * results.best!.hardest.test.length);
    expect(page).toMatch(/class="swatch"[^>]*><\/span><bdi>bright/);
    const card = await readFile(join(root, "run", "model", "README.md"), "utf8");
    expect(card).toMatch(/pipeline_tag: image-segmentation/);
    expect(card).toMatch(/pipeline\("image-segmentation"/);
  });

  it("is evaluated again to the same score, each picture at its own size", async () => {
    const [context, printed] = listening();
    await evaluateCommand(join(root, "run"), join(root, "test"), { json: true, verbose: false }, context);
    const { score, outputs, data } = JSON.parse(printed.join("")) as Evaluation;
    expect(score).toBeCloseTo(results.best!.testScore!, 12);
    expect(outputs).toEqual(results.best!.onTest!.outputs);
    expect(data.count).toBe(4);
  });

  it("says of how many pixels the values are no class of the model's", async () => {
    const strange = join(root, "strange");
    await drawHalves(strange, 1, { first: 30 });
    const mask = readPng(await readFile(join(strange, "masks", "30.png")), inflate);
    if (typeof mask === "string") throw new Error(mask);
    const values = mask.values.map((value, i) => (i < 10 ? 77 : value));
    await writeFile(join(strange, "masks", "30.png"), onePng(values, mask.width));
    const [context, , said] = listening();
    await evaluateCommand(join(root, "run"), strange, { json: true, verbose: false }, context);
    expect(said).toContainEqual(
      `warning: 10 of ${mask.width * mask.height} pixels hold values that are no class of the model's, and are not scored`,
    );
  });

  it("answers in transformers.js as it was scored", async () => {
    const segment = await pipeline("image-segmentation", join(root, "run", "model"), { dtype: "fp32" });
    const counts = [0, 1].map(() => ({ both: 0, either: 0 }));
    for (const n of [30, 31, 32, 33]) {
      const found = await segment(join(root, "test", "images", `${n}.png`));
      const truth = readPng(await readFile(join(root, "test", "masks", `${n}.png`)), inflate);
      if (typeof truth === "string") throw new Error(truth);
      counts.forEach((count, c) => {
        const mask = found.find(({ label }) => label === ["dark", "bright"][c])?.mask;
        truth.values.forEach((value, i) => {
          if (value === 255) return;
          const [is, says] = [value === [0, 3][c], (mask?.data[i] ?? 0) > 0];
          count.both += Number(is && says);
          count.either += Number(is || says);
        });
      });
    }
    const miou = counts.reduce((sum, { both, either }) => sum + both / either, 0) / 2;
    expect(Math.abs(miou - results.best!.testScore!)).toBeLessThan(0.005);
  });

  it("writes masks of class numbers, and pictures with classes in colour", async () => {
    const [context, printed] = listening();
    const [mask, overlay] = [join(root, "out.png"), join(root, "out.jpg")];
    const asked = { csv: false, json: true, verbose: false, mask, overlay };
    await predictCommand(join(root, "run"), [join(root, "test", "images", "30.png")], asked, context);
    const { predictions } = JSON.parse(printed.join("")) as {
      predictions: { classes: { part: number }[]; mask: string }[];
    };
    const png = readPng(await readFile(mask), inflate);
    if (typeof png === "string") throw new Error(png);
    expect(png).toMatchObject({ width: 36, height: 20, kind: "grey" });
    expect([...png.values].every((value) => value < 2)).toBe(true);
    expect(predictions[0]!.classes.reduce((sum, { part }) => sum + part, 0)).toBeCloseTo(1, 12);
    expect(await sharp(overlay).metadata()).toMatchObject({ width: 36, height: 20, format: "jpeg" });
    const both = [30, 31].map((n) => join(root, "test", "images", `${n}.png`));
    await expect(predictCommand(join(root, "run"), both, asked, context)).rejects.toThrow(/--mask .* is one file, and there are 2 images; give a folder/); // prettier-ignore
    const beside = join(root, "beside");
    await mkdir(beside);
    await cp(both[0]!, join(beside, "30.png"));
    const predicted = (names: string[], to: string) =>
      predictCommand(join(root, "run"), names, { csv: false, json: true, verbose: false, mask: to }, context);
    const before = await readFile(join(beside, "30.png"));
    await expect(predicted([beside], beside)).rejects.toThrow(/30\.png is a picture to be answered, and would be written over; give another folder$/); // prettier-ignore
    await expect(predicted([both[0]!, join(beside, "30.png")], join(root, "drawn"))).rejects.toThrow(/would both be written to .*drawn.30\.png/); // prettier-ignore
    expect(await readFile(join(beside, "30.png"))).toEqual(before);
  });

  it("comes to the same where its maps are kept on disk, and leaves nothing there", async () => {
    const said: string[] = [];
    const again = await tuneFolder(options("spilled", { test: join(root, "test"), memory: "0.03" }), {
      commandLine: "taskhead tune",
      onProgress: (event) => void (event.kind === "message" && said.push(event.text)),
    });
    expect(said).toContainEqual(
      expect.stringMatching(
        /^the training features take 1 MB, more than 0.03 MB of memory for them: they are kept on disk$/,
      ),
    );
    expect(again.probing).toEqual(results.probing);
    const figures = ({ rows }: TuneResults) => rows.map(({ epochs, euclidean, cosine }) => [epochs, euclidean, cosine]);
    expect(figures(again)).toEqual(figures(results));
    expect(again.best!.testScore).toBe(results.best!.testScore);
    expect((await readdir(join(root, "cache", "features"))).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  it("refuses in a line what cannot be", async () => {
    const tune = (given: Record<string, unknown>) => async () =>
      tuneFolder(options("refused", given), { commandLine: "" });
    await expect(tune({ task: "classification" })).rejects.toThrow(/--task classification is for whole images, and these have a mask each/); // prettier-ignore
    await expect(tune({ augment: "flip" })).rejects.toThrow(/--augment flip would have to change masks/);
    await expect(tune({ text: "a" })).rejects.toThrow(/--text is for texts, and these samples are masked images/);
    const odd = join(root, "odd");
    await drawHalves(odd, 2);
    await writeFile(join(odd, "masks", "1.png"), onePng(new Uint8Array(12), 4));
    await expect(tune({ test: odd })).rejects.toThrow(/masks.1\.png: it is 4×3, its image images\/1\.png 24×16; a mask needs a value for each pixel/); // prettier-ignore
  });
});
