import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TuneResults } from "@taskhead/core";
import { explained, rocAuc } from "@taskhead/core/internals";
import { beforeAll, describe, expect, it } from "vitest";
import { taskhead } from "../../test/command-line.js";
import { drawStripes, labels as kinds, tinyBackboneFile } from "../../test/stripes.js";
import { openServed } from "../images/serving/served.js";

/** As --json tells it. */
interface Predicted {
  image: string;
  labels?: { label: string; probability: number }[];
  numbers?: { name: string; value: number }[];
}

/** Several labels per image, and numbers, from the command line to the exported file. */

const perKind = 16;
let root: string;
let images: Drawn[];

/** An image and all that is known of it; null for what is not. */
interface Drawn {
  file: string;
  vertical: number | null;
  horizontal: number | null;
  weight: number;
  width: number | null;
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "taskhead-objectives-"));
  await drawStripes(join(root, "labels"), perKind);
  await drawStripes(join(root, "numbers"), perKind);
  await tinyBackboneFile(join(root, "tiny.onnx"));
  images = kinds.flatMap((kind) =>
    Array.from({ length: perKind }, (_, i): Drawn => {
      const [vertical, horizontal] = [Number(kind !== "rows"), Number(kind !== "columns")];
      return {
        file: `${kind}/${i}.png`,
        vertical: i % 7 === 3 ? null : vertical,
        horizontal: i % 5 === 1 ? null : horizontal,
        weight: 200 + 120 * vertical + 300 * horizontal + (i % 4),
        width: i % 6 === 2 ? null : 3.5 - vertical + (i % 3) / 10,
      };
    }),
  );
  const table = images.map(({ file, vertical, horizontal }) => `${file},${vertical ?? ""},${horizontal ?? ""}`);
  await writeFile(join(root, "labels", "metadata.csv"), `${["file_name,vertical,horizontal", ...table].join("\n")}\n`);
  const lines = images.map(({ file, weight, width }) =>
    JSON.stringify({ file_name: file, weight, ...(width === null ? {} : { width }) }),
  );
  await writeFile(join(root, "numbers", "metadata.jsonl"), `${lines.join("\n")}\n`);
  return () => rm(root, { recursive: true, force: true });
});

const folder = (name: string): string => join(root, name);

/** A short run in `root`/`out`, tested on the images that it learns from. */
function tune(data: string, out: string, ...given: string[]) {
  const short = { taus: "0,2", epochs: "2", size: "16", batch: "8", lr: "0.05", threads: "1" };
  const options = { ...short, backbone: join(root, "tiny.onnx"), cache: join(root, "cache"), out: folder(out) };
  const flags = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
  return taskhead("tune", folder(data), "--test", folder(data), ...flags, ...given);
}

interface Case {
  data: string;
  out: string;
  given: string[];
  metric: string;
  /** What is known of an image, output by output. */
  truth: (image: Drawn) => (number | null)[];
  names: string[];
}

const cases: Case[] = [
  {
    data: "labels",
    out: "multi-label",
    given: ["--task", "multi-label"],
    metric: "mean ROC-AUC",
    truth: ({ vertical, horizontal }) => [vertical, horizontal],
    names: ["vertical", "horizontal"],
  },
  {
    data: "numbers",
    out: "regression",
    given: ["--columns", "weight,width"],
    metric: "R²",
    truth: ({ weight, width }) => [weight, width],
    names: ["weight", "width"],
  },
  {
    data: "numbers",
    out: "huber",
    given: ["--task", "regression", "--huber", "1.5", "--columns", "weight"],
    metric: "R²",
    truth: ({ weight }) => [weight],
    names: ["weight"],
  },
];

const resultsIn = async (out: string): Promise<TuneResults> =>
  JSON.parse(await readFile(join(folder(out), "results.json"), "utf8")) as TuneResults;

/** Without what may differ between equal runs. */
function timeless(results: TuneResults): unknown {
  const rows = results.rows.map((row) => ({ ...row, seconds: 0 }));
  return {
    ...results,
    seal: undefined,
    createdAt: "",
    command: "",
    options: { ...results.options, out: "", json: false },
    rows,
  };
}

describe.each(cases)("$out", ({ data, out, given, metric, truth, names }) => {
  const numbers = data === "numbers";

  it("prints a row per tau, with energy, and the score by its name", async () => {
    const { code, out: printed, err } = await tune(data, out, ...given);
    // Tested on what it learns from: that is said, and nothing else.
    expect(err.match(/^warning: .*/gm)).toMatchObject(
      [/^warning: 38 test.*training set/, /^warning: 10 test.*validation set/].map((wanted) =>
        expect.stringMatching(wanted),
      ),
    );
    expect(err).not.toMatch(/note:|unexpected/);
    // What it learns is what the columns say, unless that is typed.
    const guessed = /^'weight', 'width' of .* hold numbers: regression; --task multi-label makes labels of them$/m;
    expect(guessed.test(err)).toBe(!given.includes("--task"));
    expect(code).toBe(0);
    const { rows, best } = await resultsIn(out);
    const lines = printed.split("\n");
    expect(lines[0]).toMatch(/tau +probing +energy +best epoch/);
    for (const [i, { tau, energy, bestValidationScore: score }] of rows.entries())
      expect(lines[i + 1]).toMatch(new RegExp(`${tau} .* ${energy!.toFixed(3)} .* ${score!.toFixed(3)} \\(epoch`));
    expect(printed).toContain(`${metric} ${best!.validationScore.toFixed(3)} on validation images`);
    if (numbers) expect(printed).toMatch(/\(RMSE weight [\d.]+/);
    expect(printed).not.toMatch(/accura|class/i);
  });

  it("tells programs its rows, its metric and each output's score", async () => {
    const json = await tune(data, out, ...given, "--json");
    expect(json.code).toBe(0);
    const results = JSON.parse(json.out) as TuneResults & { guide: { advice: { text: string }[] } };
    expect(results.metric.name).toBe(metric);
    expect(results.rows.map(({ tau, energy }) => [tau, energy! > 0])).toEqual([
      [0, true],
      [2, true],
    ]);
    expect(results.data.outputs).toEqual(names);
    const { outputs, classes, calibration, validationScore } = results.best!;
    expect([classes, calibration]).toEqual([null, null]);
    expect(outputs!.map(({ name, error }) => [name, error !== null])).toEqual(names.map((name) => [name, numbers]));
    expect(outputs!.reduce((sum, { score }) => sum + score!, 0) / names.length).toBeCloseTo(validationScore, 12);
    expect(results.guide.advice.map(({ text }) => text).join(" ")).toContain(metric);
  });

  it("is reported in its own words", async () => {
    const page = await readFile(join(folder(out), "report.html"), "utf8");
    const text = textOf(page);
    const { outputs, onTest } = (await resultsIn(out)).best!;
    const lowest = (onTest?.outputs ?? outputs)!.toSorted((a, b) => a.score! - b.score!)[0]!.name;
    expect(text).not.toMatch(/accura|classes|class by class|confus|calibrat/i);
    expect(text).toContain(`Validation ${metric} against τ`);
    expect(page).toMatch(
      new RegExp(`Every ${numbers ? "number" : "label"}, lowest score first</caption>.*?<bdi>${lowest}</bdi>`),
    );
    expect(text).toContain(numbers ? "RMSE is in each number's own unit" : "Guessing gets 0.500");
    for (const name of names) expect(text).toContain(` ${name} `);
    // What fine-tuning adds to probing alone has an interval.
    expect(text).not.toContain("interval not known");
  });

  it("is guided by its own score, with an interval for what fine-tuning adds", async () => {
    const { code, out: said } = await taskhead("guide", folder(out));
    expect(code).toBe(0);
    expect(said).toMatch(new RegExp(`(Probing alone|fine-tuning) gets ${metric} −?\\d\\.\\d{3}`));
    expect(said).toMatch(
      numbers ? /of the variance|guessing|does not settle/ : /of the pairs|guessing|does not settle/,
    );
    expect(said).not.toMatch(/accura|class|errors that|not known/);
    const { probing } = await resultsIn(out);
    const best = probing.reduce((one, other) => (other.validationScore! > one.validationScore! ? other : one));
    expect(probing.filter((point) => point.contributions).map(({ tau }) => tau)).toEqual([best.tau]);
    const mean = best.contributions!.reduce((sum, value) => sum + value, 0) / best.contributions!.length;
    expect(mean).toBeCloseTo(best.validationScore!, 9);
  });

  it("predicts every output, as a person reads it", async () => {
    const files = ["rows/0.png", "columns/1.png"].map((file) => join(folder(data), file));
    const { out: printed } = await taskhead("predict", folder(out), ...files);
    for (const name of ["image", ...names]) expect(printed.split("\n")[0]).toContain(name);
    const json = await taskhead("predict", folder(out), ...files, "--json");
    const { predictions } = JSON.parse(json.out) as { predictions: Predicted[] };
    expect(predictions.map(({ image }) => image)).toEqual(files);
    for (const { labels = [], numbers: values = [] } of predictions) {
      expect([...labels.map(({ label }) => label), ...values.map(({ name }) => name)]).toEqual(names);
      for (const { probability } of labels) expect(Math.abs(probability - 0.5)).toBeLessThan(0.5);
      // In grams, not in standard deviations from the mean.
      if (numbers) expect(values[0]!.value).toBeGreaterThan(100);
    }
  });

  it("exports a file that scores as reported in a plain runtime", async () => {
    const served = await openServed(await readFile(join(folder(out), "model", "onnx", "model.onnx")), { threads: 1 });
    const answers: Float32Array[] = [];
    for (const { file } of images) answers.push(Float32Array.from(await served.logits(join(folder(data), file))));
    await served.release();
    const score = numbers ? explained : rocAuc;
    const each = names.map((_, i) =>
      score(
        answers.map((one) => one[i]!),
        images.map((image) => truth(image)[i] ?? NaN),
      ),
    );
    const mean = each.reduce((sum, { value }) => sum + value, 0) / names.length;
    const { testScore, testError } = (await resultsIn(out)).best!;
    expect(testScore).toBeCloseTo(mean, 5);
    // The jackknife's: how the score varies as one sample after the other is left out.
    const left = images.map((_, without) => {
      const kept = images.flatMap((image, n) => (n === without ? [] : [{ image, answer: answers[n]! }]));
      const scores = names.map((__, i) =>
        score(
          kept.map(({ answer }) => answer[i]!),
          kept.map(({ image }) => truth(image)[i] ?? NaN),
        ),
      );
      return scores.reduce((sum, { value }) => sum + value, 0) / names.length;
    });
    const centre = left.reduce((sum, one) => sum + one, 0) / left.length;
    const squares = left.reduce((sum, one) => sum + (one - centre) ** 2, 0);
    const jackknife = Math.sqrt((squares * (left.length - 1)) / left.length);
    expect(Math.abs(Math.log(testError! / jackknife))).toBeLessThan(0.15);
  });

  it("resumes without its last tau to the same result", async () => {
    const killed = `${out}-killed`;
    await cp(folder(out), folder(killed), { recursive: true });
    await rm(join(folder(killed), "results.json"));
    await rm(join(folder(killed), "tau-2"), { recursive: true });
    const { code, err } = await tune(data, killed, ...given);
    expect(code).toBe(0);
    expect(/^goes on with --task regression, as the run in .*-killed began$/m.test(err)).toBe(
      !given.includes("--task"),
    );
    expect(timeless(await resultsIn(killed))).toEqual(timeless(await resultsIn(out)));
  });
});

/** What a reader sees of a page, plots left out. */
function textOf(page: string): string {
  return page
    .replace(/<(style|svg)\b.*?<\/\1>/gs, " ")
    .replace(/<[^>]*>/g, " ")
    .replaceAll("&#39;", "'")
    .replace(/\s+/g, " ");
}

describe("a file of labels that is of no use", () => {
  /** Probes on the striped images with a file of labels of these lines, which is called FILE in what comes back. */
  async function told(lines: string[], ...given: string[]): Promise<{ code: number; err: string[] }> {
    const file = join(await mkdtemp(join(root, "told-")), "labels.csv");
    await writeFile(file, `${lines.join("\n")}\n`);
    const rest = ["--labels", file, "--task", "regression", "--probe-epochs", "2", "--out", `${file}-run`];
    const same = ["--backbone", folder("tiny.onnx"), "--cache", folder("cache"), "--size", "16", "--threads", "1"];
    const { code, err } = await taskhead("probe", folder("numbers"), ...same, ...rest, ...given);
    return { code, err: err.replaceAll(file, "FILE").trim().split("\n") };
  }

  it.each([
    [
      "one that lacks a column",
      "--columns",
      "length",
      ["rows/0.png,1", "rows/1.png,2"],
      "FILE has no column 'length' (it has 'weight', 'width'); add it, or name another with --columns",
    ],
    [
      "words for numbers",
      "--columns",
      "weight",
      ["rows/0.png,heavy,1", "rows/1.png,light,2"],
      "FILE: no row can be used (row 2: 'weight' is 'heavy', not a number); mend it, or name other columns than 'weight' with --columns, such as 'width'",
    ],
    [
      "images that are not there",
      "--columns",
      "weight,width",
      ["rows/90.png,1,1", "rows/91.png,2,2"],
      "FILE: no row can be used (row 2: there is no file 'rows/90.png'); mend it",
    ],
    [
      "a number that never changes",
      "--columns",
      "weight",
      ["rows/0.png,5,1", "rows/1.png,5,1", "rows/2.png,5,1"],
      "the training set has no R²: among its 2 samples no number has two values that differ; give more samples",
    ],
    [
      "a number that nobody knows",
      "--columns",
      "weight",
      ["rows/0.png,,1", "rows/1.png,,2"],
      "no training sample says what number 0 is; give one, or leave that number out",
    ],
    ["no rows", "--columns", "weight", [], "FILE: it has no rows; add one for each image"],
  ])("%s: refused in a line", async (_, flag, columns, rows, message) => {
    const { code, err } = await told(["file_name,weight,width", ...rows], flag, columns);
    expect(
      err.filter(
        (line) => !/^(training images:|reads images from |images are |the last layer of the head )/.test(line),
      ),
    ).toEqual([`taskhead: ${message}`]);
    expect(code).toBe(2);
  });

  it("in some of its rows only: says which, the first five, and goes on", async () => {
    const unusable = ["rows/90.png,1", ...[0, 1, 2, 3, 4, 5].map((i) => `rows/${i}.png,heavy`)];
    const usable = images.slice(0, 10).map(({ file, weight }) => `${file},${weight}`);
    const { code, err } = await told(["file_name,weight", ...unusable, ...usable]);
    expect(code).toBe(0);
    expect(err.filter((line) => line.startsWith("warning"))).toEqual([
      "warning: skipped FILE:2: there is no file 'rows/90.png'",
      ...[3, 4, 5, 6].map((row) => `warning: skipped FILE:${row}: 'weight' is 'heavy', not a number`),
      "warning: skipped 2 more rows of FILE",
    ]);
  });
});
