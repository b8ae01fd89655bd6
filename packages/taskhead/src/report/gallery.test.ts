import type { HardSample } from "@taskhead/core/internals";
import { describe, expect, it } from "vitest";
import { gallery } from "./gallery.js";
import { withPictures } from "./pictures.js";

const subject = { objective: "classification", outputs: ["cat", "<dog>"], sample: "image" } as const;
const thumbnail = "data:image/jpeg;base64,AAAA";

function hard(index: number, changes: Partial<HardSample> = {}): HardSample {
  const wrong = { output: null, truth: 0, answer: 1, probability: 0.9, doubtful: false };
  return { index, loss: -Math.log(0.08), ...wrong, ...changes };
}

const text = (html: string): string => html.replace(/<[^>]+>/g, "").replaceAll("\u00a0", " ");

describe("the gallery", () => {
  it("shows each sample with its label, the answer and their probabilities, all escaped", () => {
    const items = withPictures([hard(3)], [{ index: 3, name: "a&b/3.jpg", thumbnail }], "image");
    const html = gallery(items, { ...subject, outputs: [...subject.outputs] });
    expect(html).toContain(`<img src="${thumbnail}" alt="labelled cat, the model says &lt;dog&gt;">`);
    expect(text(html)).toContain("labelled cat 8.0 %");
    expect(text(html)).toContain("model says &lt;dog&gt; 90.0 %");
    expect(html).toContain("a&amp;b/3.jpg");
  });

  it("shows doubtful labels first, nothing twice, and no more than one can look through", () => {
    const samples = Array.from({ length: 40 }, (_, n) => hard(n, { doubtful: n % 2 === 1 }));
    const html = gallery(withPictures(samples, [], "image"), { ...subject, outputs: [...subject.outputs] });
    expect(html.indexOf("Labels to check")).toBeLessThan(html.indexOf("Hardest"));
    const names = [...html.matchAll(/image \d+/g)].map(String);
    expect(names).toHaveLength(24);
    expect(new Set(names).size).toBe(24);
    expect(html).toContain("no picture");
    expect(gallery([], { ...subject, outputs: [...subject.outputs] })).toBe("");
  });

  it("marks the wrong words of a text, with the tag that they have and the model's, and leaves out what is far off", () => {
    const words = ["a", ...Array.from({ length: 20 }, () => "so"), "<New>", "York", "is", "far"];
    const wrong = [
      { unit: 20, truth: 0, answer: 1 },
      { unit: 21, truth: 1, answer: 0 },
    ];
    // The first word does not count.
    const shown = { index: 0, name: "a.conll:3", thumbnail, words, units: words.map((_, i) => i + 1) };
    const html = gallery(withPictures([hard(0, { wrong })], [shown], "text"), {
      objective: "token-classification",
      outputs: ["B-LOC", "O"],
      sample: "text",
    });
    expect(html).toContain(
      `… ${"so ".repeat(8)}<mark>&lt;New&gt;</mark> <small>B-LOC → O</small> <mark>York</mark> <small>O → B-LOC</small> is far`,
    );
    expect(text(html)).toMatch(/^HardestOf the texts with wrong tags those with the highest loss.*a\.conll:3$/);
  });

  it("speaks of labels and numbers in their words", () => {
    const label = hard(0, { output: 1, truth: 0, answer: 1 });
    const told = text(
      gallery(withPictures([label], [], "image"), { ...subject, objective: "multi-label", outputs: ["a", "b"] }),
    );
    expect(told).toMatch(/b.*labelled no.*model says yes 90\.0 %/);
    const number = hard(0, { output: 0, truth: 2.5, answer: -1.25, probability: null });
    const numbers = text(
      gallery(withPictures([number], [], "image"), { ...subject, objective: "regression", outputs: ["yield"] }),
    );
    expect(numbers).toMatch(/Furthest off.*yield.*labelled 2\.500.*model says −1\.250/s);
    const dust = hard(0, { output: 0, truth: -6e-8, answer: 4.25, probability: null });
    const shown = gallery(withPictures([dust], [], "image"), {
      ...subject,
      objective: "regression",
      outputs: ["yield"],
    });
    expect(text(shown)).toContain("labelled 0model says 4.250");
  });
});
