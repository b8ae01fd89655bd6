import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Guide } from "@taskhead/core";
import { claim, type Configuration, runOf } from "@taskhead/core/internals";
import { beforeAll, describe, expect, it } from "vitest";
import { taskhead } from "../../test/command-line.js";
import { drawStripes, tinyBackboneFile } from "../../test/stripes.js";
import { folderStore } from "../store/folder-store.js";

let root: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "taskhead-guide-"));
  return () => rm(root, { recursive: true, force: true });
});

/** What an early version wrote of a run, and no more. */
const early = {
  backbone: { file: "m.onnx" },
  data: { classes: ["cat", "dog"], validation: { images: 500 }, test: null },
  options: { epochs: 4 },
  best: { tau: 1 },
  featureNorm: 10,
  probing: [
    { tau: 0, energy: 0.7, validationAccuracy: 0.5 },
    { tau: 1, energy: 0.5, validationAccuracy: 0.7 },
  ],
  rows: [0, 1].map((tau) => ({
    tau,
    energy: 0.7 - 0.2 * tau,
    headNorm: 1 + tau,
    diverged: false,
    bestValidationAccuracy: 0.8 + tau / 100,
    bestEpoch: 3,
    euclidean: 3 - tau,
    cosine: 0.9,
  })),
};

async function runFolder(name: string, results: unknown, configuration: object = {}): Promise<string> {
  const folder = join(root, name);
  await mkdir(folder);
  await writeFile(join(folder, "run.json"), JSON.stringify({ configuration }));
  if (results !== undefined) await writeFile(join(folder, "results.json"), JSON.stringify(results));
  return folder;
}

describe("taskhead guide", () => {
  it("says of a sweep that it is one", async () => {
    const { code, err } = await taskhead("guide", await runFolder("sweep", { rungs: [2, 4], rows: [] }));
    expect(code).toBe(2);
    expect(err).toMatch(
      /sweep is of a sweep, whose candidates its report\.html compares; give folders of taskhead tune/,
    );
  });

  it("says the same at the end of tune, of its folder, and in its report", async () => {
    await drawStripes(join(root, "data"), 8);
    await tinyBackboneFile(join(root, "tiny.onnx"));
    const given = "--size 16 --taus 0,1 --epochs 1 --batch 8 --lr 0.01 --threads 1".split(" ");
    const places = ["--backbone", join(root, "tiny.onnx"), "--cache", join(root, "cache"), "--out", join(root, "run")];
    const tuned = await taskhead("tune", join(root, "data"), ...given, ...places);
    expect(tuned.code).toBe(0);
    const guided = await taskhead("guide", join(root, "run"));
    expect(guided.out).toContain("What to try next\n  - ");
    expect(guided.out).toContain("image by image");
    expect(tuned.out.endsWith(`\n\n${guided.out}`)).toBe(true);
    const again = await taskhead("tune", join(root, "data"), ...given, ...places, "--json");
    const { guide } = JSON.parse(again.out) as { guide: Guide & { advice: { text: string }[] } };
    expect(guide).toEqual(JSON.parse((await taskhead("guide", join(root, "run"), "--json")).out));
    for (const one of guide.advice) expect(Object.keys(one)).toEqual(expect.arrayContaining(["numbers", "text"]));
    const report = await readFile(join(root, "run", "report.html"), "utf8");
    const words = report.replace(/<[^>]+>/g, "").replaceAll("\u00a0", " ");
    for (const { text } of guide.advice) expect(words).toContain(text.replaceAll("'", "&#39;"));
    // The report is made of nothing but the results.
    const copy = join(root, "copy.html");
    expect((await taskhead("report", join(root, "run"), "--out", copy)).out.trim()).toBe(copy);
    expect(await readFile(copy, "utf8")).toBe(report);
  });

  it("speaks of a run that is probed only, at the end of probe and of its folder", async () => {
    const given = "--size 16 --taus 0,1,converged --batch 8 --probe-epochs 2 --threads 1".split(" ");
    const places = [
      "--backbone",
      join(root, "tiny.onnx"),
      "--cache",
      join(root, "cache"),
      "--out",
      join(root, "probed"),
    ];
    const probed = await taskhead("probe", join(root, "data"), ...given, ...places);
    expect(probed.code).toBe(0);
    const guided = await taskhead("guide", join(root, "probed"));
    expect(probed.out.endsWith(`\n\n${guided.out}`)).toBe(true);
    expect(guided.out).toMatch(/^How much .*\n  - Nothing is fine-tuned yet; .* adaptation is likely\. .*95 %/);
    const json = await taskhead("probe", join(root, "data"), ...given, ...places, "--json");
    const { guide } = JSON.parse(json.out) as { guide: Guide };
    expect(guide).toEqual(JSON.parse((await taskhead("guide", join(root, "probed"), "--json")).out));
    expect([guide.regime, guide.suggested.length > 0]).toEqual([null, true]);
  });

  it.each([
    ["results.json", ["report", "guide"], "run the same command again"],
    ["run.json", ["report", "guide"], "run the command again with a new --out"],
    ["pictures.json", ["report"], "run the same command again"],
    ["model/taskhead.json", ["predict", "inspect"], "run the same taskhead tune again"],
    ["model/onnx/model.onnx", ["predict", "inspect"], "run the same taskhead tune again"],
  ])("reads no %s in which a bit has flipped", async (file, commands, remedy) => {
    const folder = join(root, "flipped");
    await cp(join(root, "run"), folder, { recursive: true });
    const path = join(folder, file);
    const bytes = await readFile(path);
    // In a digit of the JSON, or somewhere in the weights.
    bytes[file.endsWith(".json") ? bytes.indexOf(".") - 1 : bytes.length >> 1]! ^= 1;
    await writeFile(path, bytes);
    const given: Record<string, string[]> = {
      predict: [folder, join(root, "data", "dots", "0.png")],
      inspect: [join(folder, "model", "onnx", "model.onnx")],
    };
    for (const command of commands) {
      const { code, out, err } = await taskhead(command, ...(given[command] ?? [folder]));
      expect([code, out]).toEqual([2, ""]);
      expect(err.startsWith(`taskhead: ${path}`)).toBe(true);
      expect(err).toMatch(new RegExp(`^[^\\n]*${remedy}[^\\n]*\\n$`));
    }
    await rm(folder, { recursive: true });
  });

  it("takes no results of another run", async () => {
    const folder = join(root, "mixed");
    await cp(join(root, "run"), folder, { recursive: true });
    const { seal, configuration } = JSON.parse(await readFile(join(folder, "run.json"), "utf8")) as {
      seal: object;
      configuration: Configuration;
    };
    expect(seal).toMatchObject({ run: await runOf(configuration) });
    const other = await claim(folderStore(join(root, "other-run")), { ...configuration, "--seed": "1" });
    expect("store" in other).toBe(true);
    await cp(join(root, "other-run", "run.json"), join(folder, "run.json"));
    for (const command of ["report", "guide"])
      expect((await taskhead(command, folder)).err).toMatch(
        /results\.json: it belongs to another run, of other settings/,
      );
  });

  it("says what keeps a report from being written again", async () => {
    const old = await taskhead("report", await runFolder("older", { ...early, taskheadVersion: "0.0.1" }));
    expect(old.code).toBe(2);
    expect(old.err).toMatch(/results\.json is of 0\.0\.1 of taskhead and lacks.*new --out/);
    expect((await taskhead("report", root)).err).toMatch(/holds no results\.json; give the --out folder of a finished/);
  });

  it("reads what earlier versions wrote, as far as that goes", async () => {
    const { code, out } = await taskhead("guide", await runFolder("early", early));
    expect(code).toBe(0);
    expect(out).toContain("as it was not kept which images each run got right");
    expect(out).not.toMatch(/NaN|undefined|null/);
  });

  it("does not take probing alone for fine-tuning", async () => {
    const { out } = await taskhead("guide", await runFolder("lp", { ...early, method: "lp" }), "--json");
    expect((JSON.parse(out) as Guide).regime).toBeNull();
    expect(out).toContain("--method lp");
  });

  it("takes BatchNorm's shift and the calibration into account where they are known", async () => {
    const unproven = { temperature: 1.8, validation: { before: { ece: 0.2 } } };
    const older = await taskhead("guide", await runFolder("unproven", { ...early, best: { calibration: unproven } }));
    expect(older.code).toBe(0);
    expect(older.out).not.toContain("20.0 %");
    const calibration = {
      temperature: { value: 1.8, low: 1.5, high: 2.2 },
      advised: true,
      validation: { before: { ece: 0.2 }, after: { ece: 0.05 } },
    };
    const known = { ...early, batchNormShift: { euclidean: 5 }, best: { calibration } };
    const { out } = await taskhead("guide", await runFolder("known", known));
    expect(out).toContain("off by 20.0 % on average, and by 5.0 % at a temperature fitted to other images");
    expect(out).toContain("0.5 times their length");
  });

  it("takes several seeds of one task, and refuses two tasks, and one seed twice", async () => {
    const seed = (n: number) => ({ "--seed": String(n), "--batch": "64" });
    const runs = [await runFolder("one", early, seed(1)), await runFolder("two", early, seed(2))];
    expect((await taskhead("guide", ...runs)).out).toContain("means over 2 seeds");
    const other = await runFolder("other", early, { ...seed(3), "--batch": "32" });
    const { code, err } = await taskhead("guide", ...runs, other);
    expect(code).toBe(2);
    expect(err).toMatch(/one and .*other are of different tasks: --batch is 64 there and 32 here; give runs/);
    const again = await taskhead("guide", ...runs, runs[1]!);
    expect(again.code).toBe(2);
    expect(again.err).toMatch(
      /two and .*two are both of --seed 2, which is one run told twice; leave one of them out$/m,
    );
  });

  it.each([
    ["no run folder", async () => root, /is no run folder/],
    ["unfinished", () => runFolder("unfinished", undefined), /not probed yet; run the same command again/],
    ["no results", () => runFolder("foreign", { rows: [{}] }), /results\.json lacks 'backbone'.*new --out/],
    [
      "a row without its distance",
      () => runFolder("old", { ...early, rows: [{ ...early.rows[0], cosine: undefined }] }),
      /results\.json lacks 'rows\.0\.cosine'/,
    ],
  ])("says in one line what is wrong with a folder: %s", async (_, make, message) => {
    const { code, err, out } = await taskhead("guide", await make());
    expect(code).toBe(2);
    expect(out).toBe("");
    expect(err).toMatch(message);
    expect(err.trim().split("\n")).toHaveLength(1);
  });
});
