import { describe, expect, it } from "vitest";
import stringWidth from "string-width";
import type { TuneResults, TuneRow } from "@taskhead/core";
import { bestLine, blendsLine, probingTable, tuneTable } from "./results.js";
import { fittingTable, table } from "./table.js";

const widest = (text: string): number => Math.max(...text.split("\n").map((line) => stringWidth(line)));

describe("a table", () => {
  it("aligns characters that take two columns, and marks that take none", () => {
    const text = table(
      ["class", "n"],
      [
        ["猫と犬", "1"],
        ["e\u0301te\u0301", "22"],
        ["👍", "3"],
      ],
      { left: [0] },
    );
    expect(new Set(text.split("\n").map((line) => stringWidth(line))).size).toBe(1);
  });

  it("is cut to a terminal's width, of a path the beginning, and nowhere else", () => {
    const rows = [["a/very/long/way/to/some/picture-of-a-cat.jpg", "a class with a name of many words 99.9 %"]];
    const text = table(["image", "1st"], rows, { left: [0, 1], width: 50 });
    expect(widest(text)).toBe(50);
    expect(text).toMatch(/…\S*of-a-cat\.jpg +a class with[^…]*…$/);
    expect(table(["image", "1st"], rows, { left: [0, 1] })).toContain(rows[0]!.join("  "));
  });

  it("leaves out columns of the highest rank until it fits, and says which", () => {
    const column = (head: string, rank: number) => ({ head, rank, cells: ["1234567890"] });
    const columns = [column("a", 0), column("b", 2), column("c", 1)];
    expect(fittingTable(columns, 34).hidden).toEqual([]);
    expect(fittingTable(columns, 33)).toMatchObject({ hidden: ["b"] });
    expect(fittingTable(columns, 5).hidden).toEqual(["b", "c"]);
  });
});

const run = (tau: TuneRow["tau"], learningRate: number, more: Partial<TuneRow> = {}): TuneRow =>
  ({
    tau,
    learningRate,
    headLearningRate: null,
    probeValidationScore: 0.5,
    energy: 0.612,
    validationScore: 0.7,
    bestValidationScore: 0.71,
    bestEpoch: 12,
    euclidean: 1234.5,
    cosine: 0.9,
    dot: 123456,
    norm: 1234,
    seconds: 754,
    ood: [{ probing: 0.1, finetuned: 0.2 }],
    diverged: false,
    stopped: false,
    collapsed: false,
    lowered: [],
    epochs: Array.from({ length: 20 }),
    ...more,
  }) as TuneRow;

const results = {
  metric: { name: "accuracy", percent: true, chance: 0.1 },
  data: { ood: [{ path: "photos/elsewhere" }] },
  best: { tau: 4 },
  rows: [run(0, 0.0123), run(4, 0.00031), run("converged", 0.00022, { diverged: true, epochs: [] })],
} as unknown as TuneResults;

describe("the results of a tuning", () => {
  it.each([80, 60, 40])("fit %d columns", (width) => {
    const text = tuneTable(results, width);
    const rows = text.split("\n").filter((line) => !line.startsWith("with --wide"));
    expect(widest(rows.join("\n"))).toBeLessThanOrEqual(width);
    expect(rows).toHaveLength(4);
    expect(text).toMatch(/^with --wide also: .*cosine/m);
  });

  it("say how each ended", () => {
    const text = tuneTable(results);
    expect(text).toMatch(/^ +★ 4 +0\.00031 .*71\.0 % \(epoch 12\)/m);
    expect(text).toMatch(/^ +converged .*diverged in epoch 1$/m);
    expect(text.match(/★/g)).toHaveLength(1);
  });

  it("have every column on request, and no rate where there is one", () => {
    const wide = tuneTable(results, Infinity);
    for (const head of ["last epoch", "ood elsewhere", "moved", "cosine", "dot", "norm", "time", "rate"])
      expect(wide.split("\n")[0]).toContain(head);
    expect(wide).not.toContain("--wide");
    const alike = { ...results, rows: [run(0, 0.1), run(4, 0.1)] };
    expect(tuneTable(alike).split("\n")[0]).not.toContain("rate");
  });

  it("say beside the test score what test samples get that no other set has", () => {
    const data = { sample: "image" };
    const best = { tau: 4, epoch: 2, validationScore: 0.7, testScore: 0.8, unseenTest: null, outputs: null };
    const line = (changes: object): string =>
      bestLine({ ...results, data, best: { ...best, ...changes } } as unknown as TuneResults);
    expect(line({})).toBe("★ best: tau 4, epoch 2: 70.0 % on validation images, 80.0 % on test images");
    expect(line({ unseenTest: { score: 0.6, count: 12 } })).toMatch(
      /80\.0 % on test images, 60\.0 % on the 12 of them in no other set$/,
    );
  });

  it("say what was averaged, in the winner's line and in one of its own", () => {
    const wiseFt = { share: 0.6, validationScore: 0.72, course: [{}, { validationScore: 0.7 }] };
    const soup = { of: [{}, {}, {}], tried: 5, validationScore: 0.71 };
    const best = { tau: 4, epoch: 2, validationScore: 0.72, testScore: null, unseenTest: null, outputs: null };
    const found = (blend: string | null, blends: unknown): TuneResults =>
      ({ ...results, data: { sample: "image" }, best: { ...best, blend }, blends }) as unknown as TuneResults;
    expect(bestLine(found("soup", { wiseFt, soup }))).toMatch(
      /^★ best: tau 4, epoch 2, averaged with 2 other runs' weights \(greedy soup\): 72\.0 %/,
    );
    expect(blendsLine(found(null, { wiseFt, soup }))).toBe(
      "averaged weights: WiSE-FT, share 0.6: 72.0 %; greedy soup, 3 of 5 runs: 71.0 %; best run: 70.0 % on validation images" +
        ", which is exported, as none is measurably above it",
    );
    expect(blendsLine(found("wise-ft", { wiseFt, soup }))).toMatch(/70\.0 % on validation images$/);
    expect(blendsLine(found(null, { wiseFt, soup: null }))).not.toContain("soup");
    expect(blendsLine(found(null, null))).toBe("");
  });

  it("of probing star the highest score", () => {
    const point = (tau: number, validationScore: number | null) => ({ tau, validationScore, loss: 1, trainScore: 0.5 });
    const points = [point(0, 0.1), point(1, 0.6), point(2, null), point(3, 0.6)] as never[];
    const text = probingTable(points, results.metric);
    expect(text).toMatch(/^ *★ 1 /m);
    expect(text.match(/★/g)).toHaveLength(1);
  });
});
