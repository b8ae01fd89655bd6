import { access, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TuneResults } from "@taskhead/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { reviews, writeTinyEncoder } from "../../test/tiny-encoder.js";
import { optionsFrom } from "../options/options.js";
import { foldsTable } from "../terminal/folds.js";
import { tune } from "./tune.js";

let root: string;
let results: TuneResults;
const said: string[] = [];
const at = (path: string): string => join(root, path);
const [count, folds] = [24, 2];

function given(more: object = {}) {
  return {
    train: at("train.csv"),
    test: at("test.csv"),
    backbone: at("encoder"),
    out: at("run"),
    cache: at("cache"),
    taus: [0, 8],
    epochs: 2,
    batch: 8,
    lr: 0.05,
    group: "who",
    folds,
    threads: 1,
    ...more,
  };
}

const fold = async (i: number): Promise<TuneResults> =>
  JSON.parse(await readFile(at(`run/fold-${i}/results.json`), "utf8")) as TuneResults;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "taskhead-folds-"));
  await writeTinyEncoder(at("encoder"));
  const [head, ...rows] = reviews(count).trim().split("\n");
  await writeFile(at("train.csv"), [`${head},who`, ...rows.map((row, i) => `${row},${i % 6}`)].join("\n"));
  await writeFile(at("test.csv"), reviews(20, 1));
  results = await tune(
    given({ onProgress: (event: { kind: string }) => void ("text" in event && said.push(String(event.text))) }),
  );
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe("cross-validation", () => {
  it("validates every sample once, by a run that was not trained on it, groups kept together", async () => {
    const parts = await Promise.all([1, 2].map(fold));
    expect(parts.map(({ data }) => data.train.count + data.validation.count)).toEqual([count, count]);
    expect(parts.reduce((sum, { data }) => sum + data.validation.count, 0)).toBe(count);
    for (const { data, best } of parts) {
      expect(data.groups!.train + data.groups!.validation).toBe(6);
      expect(data.test).toBeNull();
      expect(best!.testScore).toBeNull();
    }
  });

  it("says the mean over folds with its standard error, and what all samples got out of fold", async () => {
    const parts = await Promise.all([1, 2].map(fold));
    const rows = results.folds!.rows;
    expect(rows.map(({ taus }) => taus)).toEqual([
      [0, 0],
      [8, 8],
    ]);
    rows.forEach((row, i) => {
      const scores = parts.map((part) => part.rows[i]!.bestValidationScore!);
      const mean = scores.reduce((a, b) => a + b) / folds;
      const variance = scores.reduce((sum, score) => sum + (score - mean) ** 2, 0) / (folds - 1);
      expect(row.scores).toEqual(scores);
      expect(row.mean).toBeCloseTo(mean, 12);
      expect(row.error).toBeCloseTo(Math.sqrt(variance / folds), 12);
    });
    const { chosen, score, low, high } = results.folds!.refit!;
    expect(rows[chosen]!.mean).toBe(Math.max(...rows.map((row) => row.mean!)));
    // Sample by sample what the folds' runs got right.
    const right = parts.flatMap((part) => [...part.rows[chosen]!.hits!]).filter((hit) => hit === "1").length;
    expect(score).toBeCloseTo(right / count, 12);
    expect(results.rows[0]!.hits).toHaveLength(count);
    expect([...results.rows[0]!.hits!].filter((hit) => hit === "1")).toHaveLength(right);
    expect(results.best!.confusion!.flat().reduce((a, b) => a + b)).toBe(count);
    expect(results.best!.validationScore).toBe(score);
    expect(low!).toBeLessThan(score);
    expect(high!).toBeGreaterThanOrEqual(score);
  });

  it("trains on all samples to the last epoch of a falling rate, and exports that model", async () => {
    expect(results.data).toMatchObject({ train: { count }, validation: { count, path: /not trained on it$/ } });
    expect(results.best).toMatchObject({ epoch: 2, blend: null });
    expect(results.best!.testScore).not.toBeNull();
    const model = JSON.parse(await readFile(at("run/model/taskhead.json"), "utf8")) as object;
    expect(await readFile(at("run/model/README.md"), "utf8")).toContain(
      "accuracy by 2-fold cross-validation on 24 texts",
    );
    expect(model).toMatchObject({ epoch: 2, validationScore: results.best!.validationScore });
    expect(said.join("\n")).toMatch(
      /trains on all samples, tau \d: at rate 0.0500, the folds' median, to epoch 2, the last/,
    );
  });

  it("shows a table with the candidates over the folds, in words and on the page", async () => {
    const shown = foldsTable(results, 100);
    expect(shown).toMatch(/tau +fold 1 +fold 2 +mean +±/);
    expect(shown).toMatch(/2-fold cross-validation: accuracy [\d.]+ % ± [\d.]+ \(mean and standard error over folds\)/);
    expect(await readFile(at("run/report.html"), "utf8")).toContain(">Cross-validation</h2>");
  });

  it("goes on: what is finished is read, to the same result", async () => {
    await rm(at("run/results.json"));
    await rm(at("run/fold-2/results.json"));
    const before = await readFile(at("run/fold-1/tau-8/result.json"), "utf8");
    const again = await tune(given());
    expect(again.folds).toEqual(results.folds);
    expect(again.rows.map((row) => row.hits)).toEqual(results.rows.map((row) => row.hits));
    expect(await readFile(at("run/fold-1/tau-8/result.json"), "utf8")).toBe(before);
    await access(at("run/fold-2/results.json"));
  });

  it.each([
    [
      { val: "other.csv" },
      "folds validates on folds of the training samples, and val names others; leave one of them out",
    ],
    [{ taus: "auto", starts: 3 }, "starts finds other taus in every fold; name those to compare with taus"],
    [{ export: ["fp32", "fp16"] }, "folds leaves no sample to score copies of the model on; leave export out"],
  ] as const)("refuses what contradicts: %j", (more, message) => {
    expect(() => optionsFrom(given(more) as never)).toThrow(message);
  });

  it("needs as many groups as folds", async () => {
    const few = tune(given({ folds: 10, out: at("few") }));
    await expect(few).rejects.toThrow("folds 10 needs as many 'who', and there are 6; give a smaller number");
  });
});
