import { expect, test } from "vitest";
import { spokenAnswer } from "./spoken-answer.js";

const likely = (label: string, probability: number) => ({ label, probability });

test("of classes the likeliest is said, of labels the likeliest three, of numbers all", () => {
  expect(spokenAnswer({ of: "sample", answer: { classes: [likely("cat", 0.815), likely("dog", 0.185)] } })).toBe(
    "cat 81.5 %",
  );
  const labels = [likely("a", 0.1), likely("b", 0.9), likely("c", 0.5), likely("d", 0.2)];
  expect(spokenAnswer({ of: "sample", answer: { labels } })).toBe("b 90.0 %, c 50.0 %, d 20.0 %");
  const numbers = [
    { name: "height", value: 1.5 },
    { name: "width", value: -2 },
  ];
  expect(spokenAnswer({ of: "sample", answer: { numbers } })).toBe("height 1.5, width -2");
});

test("of words the entities are said, or that there is none", () => {
  const entity = { type: "PER", text: "Ada", start: 0, end: 3 };
  expect(spokenAnswer({ of: "words", words: { words: [], entities: [entity] } })).toBe("PER: Ada");
  expect(spokenAnswer({ of: "words", words: { words: [], entities: [] } })).toBe("no entity");
});

test("of pixels the largest parts are said, and what is not asked is not answered", () => {
  const outputs = ["sky", "disc", "sea"];
  const classes = Uint8Array.of(0, 1, 1, 1);
  expect(spokenAnswer({ of: "pixels", width: 2, height: 2, classes, outputs })).toBe("disc 75.0 %, sky 25.0 %");
  expect(spokenAnswer(null)).toBe("");
});
