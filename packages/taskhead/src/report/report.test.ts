import type { Tau } from "@taskhead/core";
import {
  type Blends,
  type Calibration,
  type Convergence,
  type OutputResult,
  verdictOf,
} from "@taskhead/core/internals";
import { beforeAll, describe, expect, it } from "vitest";
import { blendsSection } from "./blends.js";
import { renderReport, type EpochRow, type TuneResults, type TuneRow } from "./index.js";
import { plain } from "../words/format.js";
import { scoreCharts } from "./charts/score.js";
import { openingPicture } from "./opening.js";
import { outcomeOf } from "./outcome/outcome.js";

/** What a reader without the method's words can follow comes first. */
const SECTIONS = [
  "outcome",
  "classes",
  "reading",
  "guide",
  "summary",
  "scores",
  "probing",
  "adaptation",
  "curves",
  "course",
  "calibration",
  "settings",
];

function epochs(accuracy: number | null): EpochRow[] {
  return [1, 2, 3].map((epoch) => ({
    epoch,
    loss: accuracy === null ? null : 1 / epoch,
    trainScore: accuracy,
    validationScore: accuracy,
    validationError: null,
    validationLoss: accuracy === null ? null : 1.2 / epoch,
    adaptation:
      accuracy === null ? null : { euclidean: 60 * epoch, cosine: 1 / epoch, dot: 7000, norm: 220, coherence: 0.3 },
    headNorm: 1.5 + epoch,
  }));
}

function row(tau: Tau, accuracy: number): TuneRow {
  const length = typeof tau === "number" ? tau : 1000;
  return {
    tau,
    dial: null,
    probeLoss: 1.234 - length / 1000,
    probeTrainScore: 0.6,
    probeValidationScore: 0.5,
    energy: 0.9 - 0.1 * Math.log2(1 + length),
    headNorm: 1.5 + length,
    pull: 0.25,
    learningRate: 0.00005,
    headLearningRate: null,
    lowered: [],
    forecast: null,
    validationScore: accuracy - 0.011,
    bestValidationScore: accuracy,
    bestEpoch: 2,
    contributions: null,
    hits: null,
    euclidean: 208.6 + length,
    cosine: 0.493,
    dot: 7942.3,
    norm: 234.07,
    boundFactor: 290,
    coherence: 0.41,
    validationEuclidean: 191.2,
    validationCosine: 0.512,
    validationDot: 7701.9,
    validationNorm: 229.4,
    validationCoherence: 0.38,
    alpha: null,
    frozen: null,
    ood: [],
    seconds: 75,
    diverged: false,
    collapsed: false,
    stopped: false,
    epochs: epochs(accuracy),
  };
}

function divergedRow(tau: number): TuneRow {
  const numbers = Object.fromEntries(
    Object.keys(row(tau, 0.5))
      .filter((key) => /^(validation|best|hits|euclidean|cosine|dot|norm|boundFactor)/.test(key))
      .map((key) => [key, null]),
  );
  return { ...row(tau, 0.5), ...numbers, energy: 0.4, diverged: true, epochs: epochs(null) };
}

function calibrated(ece: number): Calibration {
  const bin = (from: number, count: number) => ({
    from,
    to: from + 0.25,
    count,
    confidence: count ? from + 0.2 : null,
    accuracy: count ? from + 0.1 : null,
  });
  return { ece, nll: 10 * ece, bins: [bin(0, 0), bin(0.25, 0), bin(0.5, 12), bin(0.75, 40)] };
}

function results(changes: Partial<TuneResults> = {}, classes = ["cat", "dog"]): TuneResults {
  return {
    taskheadVersion: "0.1.0",
    createdAt: "2026-01-02T03:04:05.000Z",
    command: "taskhead tune data --backbone model.onnx",
    backbone: {
      file: "model.onnx",
      features: "pool",
      width: 128,
      parameters: 1042104,
      found: "The Gemm's input.",
      reinitialisedBlocks: 0,
    },
    data: {
      train: {
        path: "data/train",
        count: 3000,
        skipped: 2,
        leftOut: [{ class: "disc", kinds: { ".bmp": 9, ".heic": 8 } }],
      },
      validation: { path: null, count: 2000, skipped: 0 },
      test: { path: "data/test", count: 2000, skipped: 0 },
      ood: [],
      sample: "image",
      objective: "classification",
      outputs: classes,
      gaps: [],
      duplicates: null,
      groups: null,
    },
    metric: { name: "accuracy", percent: true, chance: 1 / classes.length },
    options: { epochs: 3, rate: 0.00005, warmup: null, augment: false },
    featureNorm: 58.54,
    probing: [0, 1, 2, 3, 4].map((tau) => ({
      tau,
      loss: 2.3 / (1 + tau),
      trainScore: 0.1 + 0.1 * tau,
      energy: 0.95 - 0.1 * tau,
      validationScore: 0.1 + 0.09 * tau,
      headNorm: 1 + tau,
      pull: 0.1 * tau,
      featureNorm: 58.54,
      headInputNorm: 58.54,
    })),
    labels: null,
    rows: [row(0, 0.698), row(1, 0.7123), row(4, 0.65)],
    blends: null,
    best: {
      tau: 1,
      epoch: 2,
      blend: null,
      validationScore: 0.7123,
      testScore: 0.7015,
      unseenTest: null,
      classes: classes.map((label, index) => ({
        label,
        support: 10,
        correct: 5 + (index % 5),
        precision: index === 1 ? null : 0.75,
        recall: (5 + (index % 5)) / 10,
      })),
      outputs: null,
      onTest: null,
      hardest: { validation: [], test: [] },
      confusion: classes.map((_, truth) => classes.map((_, predicted) => (truth === predicted ? 7 : 1))),
      calibration: {
        temperature: { value: 1.7, low: 1.5, high: 1.93 },
        advised: true,
        validation: { before: calibrated(0.124), after: calibrated(0.031) },
        test: { before: calibrated(0.14), after: calibrated(0.04) },
      },
      projection: {
        samples: [0, 1, 2],
        before: [
          [0, 1],
          [2, -1],
          [-2, 0],
        ],
        after: [
          [3, 1],
          [4, -3],
          [-5, 2],
        ],
        explained: [0.6, 0.2],
      },
      projectedClasses: [0, 1, 1],
      layers: [],
      files: [],
    },
    method: "hp-ft",
    batchNormShift: null,
    ...changes,
  };
}

/** Twelve assays of molecules, one of them too seldom measured to score. */
function multiLabel(changes: Partial<TuneResults> = {}): TuneResults {
  const base = results({}, ["NR-AR", "NR-ER", "SR-p53"]);
  const area = (row: TuneRow, shift: number): TuneRow => ({
    ...row,
    contributions: Array.from({ length: 300 }, (_, n) => row.bestValidationScore! + ((n + shift) % 5) / 20 - 0.1),
  });
  return {
    ...base,
    data: {
      ...base.data,
      train: { path: null, count: 900, skipped: 0 },
      validation: { path: null, count: 300, skipped: 0 },
      test: { path: null, count: 300, skipped: 0 },
      sample: "molecule",
      objective: "multi-label",
    },
    metric: { name: "mean ROC-AUC", percent: false, chance: 0.5 },
    rows: base.rows.map(area),
    best: unclassified(base.best!, [
      { name: "NR-AR", measured: 280, score: 0.8134, error: null },
      { name: "NR-ER", measured: 201, score: 0.6211, error: null },
      { name: "SR-p53", measured: 3, score: null, error: null },
    ]),
    ...changes,
  };
}

function regression(changes: Partial<TuneResults> = {}): TuneResults {
  const base = multiLabel();
  return {
    ...base,
    data: { ...base.data, objective: "regression", outputs: ["log solubility"] },
    metric: { name: "R²", percent: false, chance: 0 },
    probing: base.probing.map((point) => ({
      ...point,
      trainScore: point.tau === 0 ? -0.4 : 0.2,
      validationScore: 0.1,
    })),
    best: unclassified(base.best!, [{ name: "log solubility", measured: 300, score: 0.7123, error: 0.8712 }]),
    ...changes,
  };
}

/** Texts whose words have tags. */
function tagged(changes: Partial<TuneResults> = {}): TuneResults {
  const base = multiLabel();
  const types = [
    { label: "LOC", support: 40, correct: 30, precision: 0.6, recall: 0.75 },
    { label: "PER", support: 50, correct: 20, precision: 0.8, recall: 0.4 },
    { label: "ORG", support: 0, correct: 0, precision: null, recall: null },
  ];
  return {
    ...base,
    data: {
      ...base.data,
      objective: "token-classification",
      sample: "text",
      outputs: ["B-LOC", "B-ORG", "B-PER", "I-PER", "O"],
    },
    metric: { name: "entity F1", percent: true, chance: 0 },
    best: base.best && {
      ...base.best,
      classes: types,
      confusion: null,
      calibration: null,
      outputs: null,
      projectedClasses: [0, 1],
      onTest: { classes: types, confusion: null, outputs: null },
    },
    ...changes,
  };
}

function unclassified(best: NonNullable<TuneResults["best"]>, outputs: OutputResult[]): TuneResults["best"] {
  return { ...best, classes: null, confusion: null, calibration: null, projectedClasses: null, outputs };
}

function sectionOf(html: string, id: string): string {
  const start = html.indexOf(`<section id="${id}"`);
  return html.slice(start, html.indexOf("</section>", start));
}

/** One probed head at three energies. */
function dialled(best: Tau): TuneResults {
  const base = results();
  const rows = [0.8, 0.5, 0.3].map((energy, i): TuneRow => {
    const dial = { by: "temperature", from: 4, value: 0.25 * 2 ** i } as const;
    return { ...row(`energy:${energy}`, 0.65 + 0.02 * i), energy, dial };
  });
  return { ...base, rows, best: { ...base.best!, tau: best, validationScore: 0.69 } };
}

/** The page of `results()`, drawn once: its two dozen plots take their time. */
let usual = "";
beforeAll(() => void (usual = renderReport(results())));

describe("the report of energies in place of taus", () => {
  it("names runs by their energy, says how it was reached, and speaks of no longest probing", () => {
    const page = renderReport(dialled("energy:0.3"));
    const text = plain(page);
    expect(text).not.toMatch(/energy:|longest|NaN|undefined|Longer probing/);
    expect(text).toContain("by the energy that training everything began with");
    expect(text).toContain(
      "The head of τ = 4 was brought to E = 0.8, 0.5 and 0.3 by its temperature, its logits times 0.25, 0.5 and 1",
    );
    expect(sectionOf(text, "summary")).toContain("Head probing to an energy of 0.3 and then fine-tuning");
    expect(sectionOf(text, "summary")).toContain("Fine-tuning from the highest energy (E = 0.8)");
    expect(sectionOf(text, "guide")).not.toMatch(/\btaus?\b(?! 4)/);
    const moved = sectionOf(text, "adaptation");
    expect(moved).toContain("Four energies on each side of the top");
    expect(moved).not.toMatch(/\btaus?\b/);
  });
});

describe("the report", () => {
  it("holds every section in order, each with a heading and a link from the contents", () => {
    expect([...usual.matchAll(/<section id="([^"]+)"/g)].map((match) => match[1])).toEqual(SECTIONS);
    for (const id of SECTIONS) expect(sectionOf(usual, id)).toMatch(/<h[12] /);
    const contents = /<nav aria-label="Contents">.*?<\/nav>/s.exec(usual)![0];
    expect([...contents.matchAll(/href="#([^"]+)"/g)].map((match) => match[1])).toEqual(SECTIONS.slice(1));
  });

  it("opens with the test score, one sentence in plain words and a picture, before any of the method's words", () => {
    const text = sectionOf(usual, "outcome").replaceAll("\u00a0", " ");
    expect(text).toMatch(/<h1[^>]*>70\.2 % of 2,000 test images right<\/h1>/);
    expect(text).toMatch(
      /head alone for 1 epoch first \(τ = 1\) and then everything did best, but its lead of 1\.4 points/,
    );
    expect(text).toMatch(/role="img" aria-label="How far each preparation got[^"]*τ = 0\): 69\.8 %[^"]*71\.2 %/);
    expect(text).not.toMatch(/energy|LP-FT|ECE/i);
  });

  it("says how calibrated the winner is, before and after temperature scaling, and what BatchNorm moved", () => {
    const shift = { euclidean: 12.5, cosine: 0.97, dot: 3000, norm: 57, coherence: 0.6 };
    const html = renderReport(results({ batchNormShift: shift }));
    const text = sectionOf(html, "calibration").replaceAll("\u00a0", " ");
    expect(text).toMatch(/validation images: 12\.4 % as trained, 3\.1 % with a temperature/);
    expect(text).toMatch(/temperature 1\.70 \(95 %: 1\.5 to 1\.93\) is fitted on .* divide them by the temperature/);
    expect(text).toMatch(/On the 2,000 test images: 14\.0 % as trained, 4\.0 % with a temperature/);
    expect(sectionOf(html, "course")).toMatch(/move the features by 12\.50 \(cosine 0\.970\)/);
    expect(sectionOf(usual, "course")).not.toMatch(/BatchNorm/);
  });

  it("draws its plots as labelled pictures with unique ids", () => {
    const html = usual;
    const pictures = html.match(/<svg role="img" aria-label="[^"]+"/g) ?? [];
    expect(pictures.length).toBe(2 + 4 + 4 + 4 + 6 + 2 + 2);
    expect(html.match(/<figcaption>[^<]+<\/figcaption>/g)).toHaveLength(pictures.length + 1);
    const ids = [...html.matchAll(/ id="([^"]+)"/g)].map((match) => match[1]);
    expect(new Set(ids).size).toBe(ids.length);
    expect(html).not.toMatch(/NaN|undefined|\[object/);
  });

  it("is the same page for the same results", () => {
    expect(renderReport(results())).toBe(usual);
  });

  it("loads nothing and runs nothing", () => {
    const html = usual;
    expect(html).not.toMatch(/https?:|\bsrc=|\bhref="[^#]|@import|<script|<link|<iframe|\son\w+=/i);
    for (const [, target] of html.matchAll(/url\(([^)]*)\)/g)) expect(target).toMatch(/^#/);
    expect(html).toContain("default-src 'none'");
  });

  it("escapes what users write", () => {
    const evil = '<script>alert("1")</script>';
    const base = results({ command: evil }, [evil, "a & b"]);
    const html = renderReport({
      ...base,
      backbone: { ...base.backbone, file: evil, features: evil, found: evil },
      data: { ...base.data, train: { path: evil, count: 1, skipped: 0 } },
      options: { ...base.options, [evil]: evil },
    });
    expect(html).not.toContain("<script");
    expect(html).toContain("&lt;script&gt;");
    expect(html).toContain("a &amp; b");
    expect(html).not.toContain("a & b");
  });

  it("writes the given numbers into its tables and marks the winner", () => {
    const html = usual;
    const winner = /<tr class="winner">.*?<\/tr>/s.exec(sectionOf(html, "summary"))![0];
    for (const text of ["1.233", "2.50", "60.0", "50.0", "71.2", "70.1", "1\u00a0min 15\u00a0s"])
      expect(winner).toContain(text);
    expect(winner).toContain("best");
    const adapted = /<tr class="winner">.*?<\/tr>/s.exec(sectionOf(html, "adaptation"))![0];
    for (const text of ["209.6", "0.493", "7,942", "234.1", "191.2", "0.512", "7,702", "229.4"])
      expect(adapted).toContain(text);
  });

  it("shows out-of-distribution sets beside validation: in the summary, as a caveat, among the data", () => {
    const base = results();
    const there = { euclidean: 55.5, cosine: 0.222, dot: 3333, norm: 0, coherence: 0.5 };
    const html = renderReport({
      ...base,
      data: { ...base.data, ood: [{ path: "photos/sketches", count: 500, skipped: 0 }] },
      rows: base.rows.map((row, i) => ({
        ...row,
        ood: [{ probing: 0.41 + i / 100, finetuned: 0.333 + i / 100, adaptation: { ...there, norm: 77.7 + i } }],
      })),
    });
    const winner = /<tr class="winner">.*?<\/tr>/s.exec(sectionOf(html, "summary"))![0];
    for (const text of ["42.0", "34.3"]) expect(winner).toContain(text);
    expect(sectionOf(html, "summary")).toContain("on sketches, out of distribution");
    expect(sectionOf(html, "outcome")).toMatch(/500.images of photos\/sketches.*34\.3.*42\.0/s);
    expect(sectionOf(html, "settings")).toContain("photos/sketches");
    expect(sectionOf(html, "adaptation")).toContain("sketches, out of distribution");
    const adapted = /<tr class="winner">.*?<\/tr>/s.exec(sectionOf(html, "adaptation"))![0];
    for (const text of ["55.50", "0.222", "3,333", "78.70"]) expect(adapted).toContain(text);
  });

  it("shows how far each block of the winner moved, on every set", () => {
    const base = results();
    const moved = (cka: number | null, distance: number) => ({ cka, distance, norm: 10 });
    const layers = [
      {
        output: "stem<1>",
        shape: [16, 32, 32],
        averaged: true,
        pooled: false,
        validation: moved(1, 0),
        ood: [moved(1, 0)],
      },
      {
        output: "last",
        shape: [64],
        averaged: false,
        pooled: false,
        validation: moved(0.875, 2.5),
        ood: [moved(null, 4.4)],
      },
    ];
    const data = { ...base.data, ood: [{ path: "photos/sketches", count: 500, skipped: 0 }] };
    const section = sectionOf(renderReport({ ...base, data, best: { ...base.best!, layers } }), "adaptation");
    const text = plain(section.replace(/<[^>]*>/g, " ").replace(/\s+/g, " "));
    expect(text).toContain(
      "1 stem&lt;1&gt; 16×32×32 · 0.000 0 1.000 0.000 0 1.000 2 last 64 0.250 2.500 0.875 0.440 4.400 –",
    );
    expect(text).toContain("Of large activations, marked with a dot");
    expect(section).toContain('aria-label="How far each block moved');
    expect(sectionOf(usual, "adaptation")).not.toContain("Block by block");
  });

  it("shows labels to check, with what the heads say that were not trained on them", () => {
    const one = { index: 3, truth: 0, answer: 1, loss: 3, el2n: 1.3, given: 0.05, probability: 0.9 };
    const labels = {
      folds: 5,
      strength: 0.1,
      judged: 3000,
      score: 0.8,
      energy: 0.4,
      doubted: 17,
      list: [{ ...one, name: "data/train/cat/3.png", label: "cat", predicted: "dog" }],
    };
    const thumbnail = "data:image/jpeg;base64,AAAA";
    const pictures = { labels: [{ index: 3, name: "cat/3.png", thumbnail }], validation: [], test: [] };
    const section = sectionOf(renderReport(results({ labels }), pictures), "labels");
    expect(section).toContain(`<img src="${thumbnail}" alt="labelled cat, the heads say dog">`);
    const text = plain(section.replace(/<[^>]*>/g, " ").replace(/\s+/g, " "));
    expect(text).toContain("17 of 3,000 training labels are doubted");
    expect(text).toContain("labelled cat 5.0 % heads say dog 90.0 % cat/3.png");
    expect(sectionOf(renderReport(results({ labels: { ...labels, doubted: 0, list: [] } })), "labels")).toBe("");
  });

  it("shows the rate of every run", () => {
    const rows = [row(0, 0.698), { ...row(1, 0.7123), learningRate: 0.000125 }];
    const summary = sectionOf(renderReport(results({ rows })), "summary");
    for (const rate of ["0.000050", "0.00013"]) expect(summary).toContain(`<td>${rate}</td>`);
  });

  it("draws nothing against tau or energy where one run was made", () => {
    const html = renderReport(results({ rows: [row(1, 0.7123)] }));
    expect(html).not.toContain('id="scores"');
    expect(sectionOf(html, "adaptation")).not.toContain("each point a run");
    expect(sectionOf(html, "adaptation")).toContain('<tr class="winner">');
    expect(html).toContain("The epoch was chosen on these");
    expect(sectionOf(usual, "adaptation")).toContain("each point a run");
  });

  it("gives the settings, the data and the command to repeat the run", () => {
    const settings = sectionOf(usual, "settings");
    for (const text of [
      'taskhead tune data <span class="option">--backbone</span> model.onnx',
      "0.00005",
      "1,042,104",
      "2 skipped; 17 files of class disc left out: 9 .bmp, 8 .heic",
      "split from the training",
    ])
      expect(settings).toContain(text);
  });

  it("shows runs that diverged as diverged, in words, tables and plots", () => {
    const html = renderReport(results({ rows: [row(0, 0.6), row(1, 0.7123), divergedRow(4)] }));
    expect(sectionOf(html, "outcome")).toMatch(/4 epochs, then everything[^"]*: diverged/);
    expect(sectionOf(html, "summary")).toContain("Fine-tuning after 4\u00a0epochs of probing diverged.");
    expect(sectionOf(html, "summary")).toContain('4 <span class="diverged">diverged</span>');
    expect(sectionOf(html, "scores")).toContain("diverged</li>");
    expect(sectionOf(html, "curves")).toContain("4, diverged");
    expect(html).not.toMatch(/NaN|undefined/);
  });

  it("takes NaN and infinity for missing numbers", () => {
    const broken = { ...divergedRow(4), euclidean: NaN, headNorm: Infinity, energy: NaN };
    const html = renderReport(results({ rows: [row(1, 0.7123), broken] }));
    expect(html).not.toMatch(/NaN|Infinity|∞/);
  });

  it("shows fractions of an epoch and the optimum, and how the optimum was found", () => {
    const base = results();
    const ended = { iterations: 321, gradientNorm: 8.7e-7, reason: "tolerance" as const };
    const tried = [1, 0.1].map((strength) => ({ strength, validationScore: 0.7 }));
    const at = (tau: "converged" | "converged:0", convergence: Convergence) => ({
      ...base.probing.at(-1)!,
      tau,
      pull: 0.123,
      convergence,
    });
    const html = renderReport({
      ...base,
      probing: [
        { ...base.probing[0]!, tau: 0.0625 },
        ...base.probing,
        at("converged", { ...ended, strength: 0.1, lambda: 2.5, choice: { by: "validation", tried } }),
        at("converged:0", { ...ended, strength: 0, lambda: 0 }),
      ],
      rows: [row(0, 0.698), row(0.0625, 0.7), row("converged", 0.7123), row("converged:0", 0.65)],
      best: { ...base.best!, tau: "converged" },
    });
    expect(sectionOf(html, "probing")).toContain("321\u00a0iterations where the gradient was small enough");
    expect(sectionOf(html, "probing")).toContain(
      "λ = 2.5 (strength 0.1), the best on validation of 2\u00a0strengths tried",
    );
    expect(sectionOf(html, "probing")).toContain("τ = converged:0 is the optimum without a penalty");
    expect(sectionOf(html, "probing")).toMatch(/Pull.*0\.123/s);
    expect(sectionOf(html, "summary")).toMatch(/Pull.*0\.250/s);
    expect(sectionOf(html, "probing")).toMatch(/0\.0625.*class="winner".*converged/s);
    expect(sectionOf(html, "outcome")).toContain("until it stood still (τ\u00a0=\u00a0converged)");
    expect(sectionOf(html, "summary")).toContain("Head probing to convergence (τ\u00a0=\u00a0converged)");
    expect(sectionOf(html, "summary")).toContain("converged");
    expect(html).not.toMatch(/NaN|undefined|Infinity/);
  });

  it("says which blocks were probed with the head", () => {
    const base = results();
    const html = renderReport({ ...base, backbone: { ...base.backbone, reinitialisedBlocks: 2 } });
    expect(sectionOf(html, "probing")).toContain("last 2 blocks, which started afresh");
    expect(sectionOf(html, "adaptation")).toContain("the same for every τ");
    expect(sectionOf(html, "probing")).toContain("belong to it");
    expect(usual).not.toContain("started afresh");
  });

  it("claims no lead that is none, and no gain over a probed head that got further", () => {
    const base = results();
    const lead = (changes: Partial<TuneResults>): string => plain(outcomeOf({ ...base, ...changes }).lead);
    expect(lead({ rows: [row(0, 0.7123), row(1, 0.7123)] })).toMatch(
      /did best\. Training everything at once got as far \(95 %/,
    );
    const probing = base.probing.map((point) => ({ ...point, validationScore: 0.72 }));
    expect(lead({ probing })).toMatch(
      /did best of all that train more than the head.* The head alone got further, by 0\.8 points \(95 %: −[\d.]+ to [\d.]+\), which may be chance/,
    );
    expect(lead({ rows: [divergedRow(0), row(1, 0.7123)] })).toContain("; training everything at once diverged.");
  });

  it("blames the size of the head only where a probed head diverged, by unclipped steps of sgd", () => {
    const caveats = (clipNorm: number | "none", ...taus: number[]): string => {
      const options = { ...results().options, optimizer: "sgd", clipNorm };
      return outcomeOf(results({ options, rows: [row(1, 0.7123), ...taus.map(divergedRow)] })).caveats.join(" ");
    };
    expect(caveats("none", 0)).toMatch(/diverged: [^.]*lower one\./);
    expect(caveats("none", 0)).not.toContain("larger head");
    expect(caveats("none", 0, 4)).toContain("larger head");
    expect(caveats(1, 0, 4)).not.toContain("larger head");
  });

  it("says so when every run diverged", () => {
    const html = renderReport(results({ rows: [divergedRow(0), divergedRow(4)], best: null }));
    expect(html).toContain("Every fine-tuning run diverged");
    for (const id of SECTIONS) expect(html).toContain(`<section id="${id}"`);
  });

  it("works for a single tau, without probing and without a test set", () => {
    const base = results();
    const html = renderReport({
      ...base,
      rows: [row(1, 0.7123)],
      probing: [],
      data: { ...base.data, test: null },
      best: { ...base.best!, testScore: null },
    });
    expect(html).toContain("Only one tau was fine-tuned");
    expect(html).toContain("no test set was given");
    expect(html).not.toMatch(/NaN|undefined|Infinity/);
  });

  it("judges classes by the test images, where there are any", () => {
    const base = results();
    const [first, second] = base.best!.classes!;
    const onTest = { ...base.best!, classes: [{ ...first!, support: 999, correct: 998 }, second!] };
    const classes = sectionOf(renderReport({ ...base, best: { ...base.best!, onTest } }), "classes");
    expect(classes).toMatch(/2,000\u00a0test images.*<td>999<\/td><td>998<\/td>/s);
    expect(classes).toContain("Numbers are test images");
    expect(sectionOf(usual, "classes")).toContain("Numbers are validation images");
  });

  it("breaks no option and no interval in two", () => {
    const guide = sectionOf(usual, "guide");
    expect(guide).toContain('<span class="option">--seed</span>');
    expect(guide).toMatch(/<span class="unbroken">95.%: [^<]+<\/span>/);
    expect(guide.replace(/<span class="option">--[a-z-]+<\/span>/g, "")).not.toMatch(/--[a-z]/);
  });

  it("stays usable with 120 classes: every one in the table, no matrix", () => {
    const labels = Array.from({ length: 120 }, (_, index) => `class ${index}`);
    const classes = sectionOf(renderReport(results({}, labels)), "classes");
    expect(classes).toContain("no confusion matrix for more than 30 classes");
    expect(classes).not.toContain("Confusion matrix");
    expect(classes.match(/<th class="text" scope="row"|<th scope="row"/g)).toHaveLength(120);
  });
});

describe.each([
  ["multi-label", multiLabel, "mean ROC-AUC"],
  ["regression", regression, "R²"],
] as const)("the report of %s", (_, make, metric) => {
  const html = renderReport(make());

  it("speaks of its own samples and score, and shows no number that is missing", () => {
    expect(html).not.toMatch(/NaN|undefined|null|Infinity|\[object/);
    expect(html).not.toMatch(/\bimages?\b|accuracy|molecules right|class scores/i);
    expect(html.replaceAll("\u00a0", " ")).toContain(`gets ${metric} 0.712 on 300 validation molecules`);
    expect(sectionOf(html, "outcome").replaceAll("\u00a0", " ")).toContain(
      `${metric === "R²" ? metric : "Mean ROC-AUC"} 0.702 on 300 test molecules`,
    );
    expect(sectionOf(html, "scores")).toContain(`validation ${metric}`);
    expect(sectionOf(html, "settings")).toContain("split from the training molecules");
  });

  it("has a section on each output in place of classes, and no calibration", () => {
    const shown = SECTIONS.filter((id) => id !== "classes" && id !== "calibration");
    for (const id of [...shown, "outputs"]) expect(html, id).toContain(`<section id="${id}"`);
    for (const id of ["classes", "calibration"]) expect(html).not.toContain(`<section id="${id}"`);
  });

  it("stands when every run diverged, and when nothing is known of each sample", () => {
    const lost = renderReport(make({ rows: [divergedRow(0), divergedRow(4)], best: null }));
    expect(lost).not.toMatch(/NaN|undefined|null|\bimages?\b/);
    const bare = make();
    const rows = bare.rows.map((one) => ({ ...one, contributions: null }));
    const unknown = renderReport({ ...bare, rows });
    expect(unknown).not.toMatch(/NaN|undefined|null|Infinity/);
    expect(sectionOf(unknown, "outcome")).toContain("is chance is not known");
    expect(sectionOf(unknown, "summary")).toContain("interval not known");
    expect(sectionOf(unknown, "guide")).toContain("Whether this is chance is not known");
  });
});

describe("labels and numbers", () => {
  it("are listed by their own scores, lowest first, with how many samples say so", () => {
    const text = sectionOf(renderReport(multiLabel()), "outputs");
    expect(text).toMatch(/NR-ER<.*?<td>201<\/td><td>.*?>0\.621<.*NR-AR<.*?<td>280<\/td><td>.*?>0\.813<.*SR-p53.*–/s);
    expect(text).toContain("Label by label");
    expect(text).not.toContain("RMSE");
  });

  it("of regression have their error in the user's unit", () => {
    const text = sectionOf(renderReport(regression()), "outputs");
    expect(text).toMatch(/RMSE.*log solubility<.*?<td>300<\/td><td>.*?>0\.712<.*?<td>0\.8712</s);
  });

  it("have bars by what each sample adds to a score, and none where that is not known", () => {
    const known = multiLabel();
    const rows = known.rows.map((row) => ({ ...row, contributions: null }));
    for (const [results, bars] of [
      [known, true],
      [{ ...known, rows }, false],
    ] as const) {
      const opening = openingPicture(results);
      expect(opening.includes('<i class="bar"')).toBe(bars);
      expect(opening.includes("95 % intervals of each number by itself")).toBe(bars);
      expect(scoreCharts(results)[1]!.note !== undefined).toBe(bars);
    }
  });

  it("are compared by what each sample adds", () => {
    const { headline, comparisons } = outcomeOf(multiLabel());
    expect(comparisons.map(({ difference }) => difference!.basis)).toEqual([
      "nothing",
      "paired contributions",
      "paired contributions",
    ]);
    expect(headline).toMatch(/0\.252 above head probing alone \(interval not known\)/);
    expect(headline).toMatch(/0\.062 above fine-tuning after 4.epochs of probing \(95.%: \+0\.0\d\d to \+0\.0\d\d\)/);
  });
});

describe("the report of tagged words", () => {
  const html = renderReport(tagged()).replaceAll("\u00a0", " ");

  it("speaks of words where features are theirs, and of entities in its score", () => {
    expect(html).not.toMatch(/NaN|undefined|null|Infinity|\[object|\bimages?\b|molecule|accuracy|texts right/);
    expect(sectionOf(html, "outcome")).toContain("Entity F1 70.2 % on 300 test texts");
    expect(sectionOf(html, "reading")).toMatch(
      /turns a word of a text into a list of numbers.*how far each word's features/s,
    );
    expect(sectionOf(html, "course")).toContain("where all words' features move alike");
  });

  it("has types of entities, lowest F1 first, in place of classes, and no calibration", () => {
    for (const id of ["classes", "outputs", "calibration"]) expect(html).not.toContain(`<section id="${id}"`);
    const types = sectionOf(html, "types");
    // 2 · 0.8 · 0.4 / 1.2 and 2 · 0.6 · 0.75 / 1.35
    expect(types).toMatch(
      /PER<.*?<td>50<\/td><td>20<\/td>.*?>80\.0 %<.*?>40\.0 %<.*?>53\.3 %<.*LOC<.*?>66\.7 %<.*ORG<.*?<td>0</s,
    );
  });

  it("stands where every run diverged", () => {
    const lost = renderReport(tagged({ rows: [divergedRow(0), divergedRow(4)], best: null }));
    expect(lost).not.toMatch(/NaN|undefined|null|\bimages?\b/);
  });
});

describe("what one standard error is", () => {
  const base = results();
  const metric = { name: "mean ROC-AUC", percent: false, chance: 0.5 };
  const ood = [{ path: "photos/elsewhere", count: 500, skipped: 0 }];
  const across = [{ set: "test", other: "training", pairs: [] }] as never;
  const duplicates = { across, repeated: [], unseenTest: [1, 2], contradicting: { sets: [], samples: [] } } as never;
  const data = { ...base.data, ood };
  const rows = base.rows.map((one) => ({
    ...one,
    ood: [{ probing: 0.41, finetuned: 0.433, finetunedError: 0.0155, adaptation: null }],
  }));
  const errors = { validationError: 0.0113, testError: 0.0122, unseenTest: { count: 2, score: 0.61, error: 0.0134 } };
  const said = (changes: Partial<TuneResults>): string => {
    const { headline, caveats } = outcomeOf(results({ data, rows, metric, ...changes }));
    return plain([headline, ...caveats].join(" "));
  };

  it("is told with each score of which the run has told it, of any metric", () => {
    const best = { ...base.best!, ...errors };
    expect(said({ best })).toContain("gets mean ROC-AUC 0.712 (± 0.011, one standard error)");
    expect(said({ best })).toContain("mean ROC-AUC 0.702 (± 0.012, one standard error). This is the number to quote.");
    expect(said({ best })).toContain("mean ROC-AUC 0.433 (± 0.015, one standard error); its probed head");
    const leaking = said({ best, data: { ...data, duplicates } });
    expect(leaking).toContain("(± 0.012, one standard error), which flatters.");
    expect(leaking).toContain("(± 0.013, one standard error), which is the number to quote.");
  });

  it("is not told where it is not known, as of runs of versions before, but for accuracies", () => {
    const before = base.rows.map((one) => ({ ...one, ood: [{ probing: 0.41, finetuned: 0.433, adaptation: null }] }));
    expect(said({ rows: before })).not.toContain("±");
    const unknown = { ...base.best!, validationError: null, testError: null };
    expect(said({ rows: before, best: unknown })).not.toContain("±");
    expect(said({ rows: before, metric: base.metric })).toContain(
      "the same model gets 70.2 % (± 1.0, one standard error)",
    );
  });
});

describe("averages of weights", () => {
  const ood = { path: "photos/elsewhere", count: 50, skipped: 0 };
  const base = results();
  const hits = (right: number): string => "1".repeat(right).padEnd(2000, "0");
  const way = [0.46, 0.73, 0.7123].map((validationScore, i) => ({
    share: i / 2,
    validationScore,
    testScore: 0.5 + i / 10,
    ood: [0.62 - i / 10],
  }));
  const ahead = { difference: 0.0177, low: 0.01, high: 0.026, basis: "paired hits" } as const;
  const blends: Blends = {
    wiseFt: { course: way, ...way[1]!, hits: hits(1460), contributions: null, ahead },
    soup: {
      of: [base.rows[1]!, base.rows[0]!],
      tried: 3,
      validationScore: 0.715,
      testScore: 0.69,
      ood: [0.51],
      hits: hits(1430),
      contributions: null,
      ahead: { difference: 0.0027, low: -0.01, high: 0.015, basis: "paired hits" },
    },
  };
  const data = { ...base.data, ood: [ood] };
  const rows = base.rows.map((one) => ({ ...one, ood: [{ probing: 0.62, finetuned: 0.42, adaptation: null }] }));
  const best = { ...base.best!, blend: "wise-ft" as const, validationScore: 0.73, testScore: 0.6 };
  const blended = results({ data, rows, blends, best });
  const wordsOf = (html: string): string => plain(html.replace(/<[^>]*>/g, " ").replace(/\s+/g, " "));

  it("are a section with every set's scores, the chosen share, and how sure it is", () => {
    const page = renderReport(blended);
    const section = sectionOf(page, "blends");
    const text = wordsOf(section);
    expect(text).toContain("the best run (τ = 1), taken 50.0 % of the way from its start (WiSE-FT).");
    expect(text).toContain("greedy soup: τ = 1 and 0, of 3 runs");
    expect(text).toContain(
      "WiSE-FT, share 0.5 73.0 % 60.0 % 52.0 % 1.8 points above the best run alone ( 95 %: +1.0 to +2.6 )",
    );
    expect(text).toMatch(
      /Greedy soup, 2 of 3 runs .* 0\.3 points above the best run alone \([^)]*\), which may be chance/,
    );
    expect(section).toMatch(/<tr class="winner">.*WiSE-FT/);
    expect(section).toContain("share 0: 46.0");
    expect(page).toContain('href="#blends"');
  });

  it("that won stand in the outcome, with their own numbers out of distribution too", () => {
    const { headline, lead, caveats, comparisons } = outcomeOf(blended);
    expect(plain(headline)).toMatch(
      /^1 epoch of head probing.* and then fine-tuning, taken 50\.0 % of the way from its start \(WiSE-FT\), gets 73\.0 %/,
    );
    expect(lead).toContain("lies part of the way back to where its training started");
    expect(comparisons.map(({ phrase, difference }) => [phrase, difference?.low])).toContainEqual([
      "the best run alone",
      0.01,
    ]);
    const all = plain(caveats.join(" "));
    expect(all).toContain("of photos/elsewhere, the same model gets 52.0 %");
    expect(all).toContain("which chose that too, 1.8 points above the best run alone");
  });

  it("that went all the way back to the start are told as the probed head alone", () => {
    const { lead, headline } = outcomeOf({ ...blended, blends: { ...blends, wiseFt: { ...blends.wiseFt, share: 0 } } });
    expect(lead).toContain("What was exported is where its training started: the probed head alone.");
    expect(plain(headline)).toContain("taken back to its start, the probed head alone (WiSE-FT),");
    expect(plain(headline + lead)).not.toContain("of the way");
  });

  it("that did not win, or cannot be made, are told as such", () => {
    const text = (changes: Partial<TuneResults>): string =>
      wordsOf(sectionOf(renderReport(results({ data, rows, blends, ...changes })), "blends"));
    expect(text({})).toContain(
      "On the validation images none is measurably above the best run, which is exported as it was trained.",
    );
    const few = text({ blends: { ...blends, soup: null } });
    expect(few).toContain("left out here: fewer than two runs were trained to the end");
    const shift = { euclidean: 3, cosine: 0.9, dot: 1, norm: 1, coherence: 0.5 };
    const without = { blends: null, batchNormShift: shift };
    expect(blendsSection(results(without))).toContain("None were made: BatchNorm was trained");
    expect(blendsSection(results({ ...without, options: { blends: false } }))).toBe("");
    expect(outcomeOf(results({ data, rows, blends })).caveats.join()).not.toContain("average");
  });
});

describe("the outcome", () => {
  it("compares with probing alone, a random head and the longest probing", () => {
    const { headline, comparisons } = outcomeOf(results());
    expect(comparisons.map((one) => one.score)).toEqual([0.1 + 0.09 * 4, 0.698, 0.65]);
    expect(headline).toContain("71.2\u00a0%");
    expect(headline).toContain("25.2\u00a0points above head probing alone");
    expect(headline).toContain("6.2\u00a0points above fine-tuning after 4\u00a0epochs of probing");
  });

  it("says the interval of every difference, and when it may be chance", () => {
    const { headline, caveats } = outcomeOf(results());
    expect(headline.replaceAll("\u00a0", " ")).toContain(
      "1.4 points above fine-tuning from a random head (95 %: −1.4 to +4.3, which may be chance)",
    );
    expect(caveats.join(" ")).toContain("Not measurably worse than the winner: τ\u00a0=\u00a00.");
  });

  it("compares runs sample by sample where it is known which ones each got right, as the guide does", () => {
    const base = results();
    const rows = base.rows.map((one) => ({
      ...one,
      hits: "1".repeat(2000 * one.bestValidationScore!).padEnd(2000, "0"),
    }));
    const { comparisons, caveats } = outcomeOf({ ...base, rows });
    const [, random] = comparisons;
    expect(random!.difference!.basis).toBe("paired hits");
    expect(verdictOf(random!.difference!)).toBe("above");
    expect(caveats.join(" ")).not.toContain("Not measurably worse");
    expect(plain(sectionOf(renderReport({ ...base, rows }), "guide"))).toContain("Measurably worse: tau 0");
  });

  it("says when fine-tuning is worse than probing alone", () => {
    const base = results();
    const probing = base.probing.map((point) => ({ ...point, validationScore: 0.9 }));
    expect(outcomeOf({ ...base, probing }).headline).toContain("18.8\u00a0points below head probing alone");
  });
});

describe("how long texts are", () => {
  const lengths = { most: 64, cut: 3, longest: 11, median: 7, width: 2, counts: [0, 4, 20, 60, 9, 4] };
  const shown = (changes: object): string => {
    const base = results();
    const train = { ...base.data.train, count: 100, lengths: { ...lengths, ...changes } };
    const html = renderReport({ ...base, data: { ...base.data, sample: "text", train } });
    return sectionOf(html, "lengths").replaceAll("\u00a0", " ");
  };

  it("is told and drawn, with what was cut and what changes it", () => {
    const cut = shown({});
    expect(cut).toContain(
      "Half of the 100 training texts have 7 tokens or fewer, and the longest that is read whole has 11.",
    );
    expect(cut).toMatch(/Of all, 3 \(3\.0 %\) are longer and were cut to 64, the bar at the right; .*--max-length/);
    expect(cut).toMatch(/aria-label="Training texts by length\. 1–2 tokens: 0; .*11–12 tokens: 4; over 64 tokens: 3"/);
    expect(cut).toContain("3 cut to 64");
    expect(shown({ cut: 0 })).toMatch(/None was cut: a text may have 64/);
    expect(shown({ cut: 0 })).not.toContain("cut to 64");
    expect(shown({ longest: null, counts: [], cut: 100 })).toContain("Of all, 100 (100.0 %)");
  });

  it("is no question of pictures", () => {
    expect(renderReport(results())).not.toContain('id="lengths"');
  });
});
