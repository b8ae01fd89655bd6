import { expect, test } from "vitest";
import { demoPage, demoWords, standingsOf, type DemoSubject, type FreshDraws } from "./index.js";

const fresh = (random: number[], prepared: number[]): FreshDraws => ({
  seeds: random.map((_, i) => i),
  trained: 120,
  tested: 300,
  epochs: 2,
  tau: 64,
  alone: random.map(() => 0.7),
  random: random.map((score) => [0.3, score]),
  prepared: prepared.map((score) => [0.6, score]),
  moved: { random: random.map(() => 0.8), prepared: prepared.map(() => 0.25) },
  features: {
    classes: ["arrow", "heart"],
    of: [0, 1],
    places: [0, 1, 2].map((i) => [
      [i, 1],
      [2, i],
    ]),
    explained: [0.6, 0.2],
  },
});

const drawings: DemoSubject = {
  command: "taskhead demo",
  background: "It had learned shapes; new are outlines",
  draw: "drawing",
  sample: "image",
};

test("the gain is the mean difference with Student's interval over the drawings", () => {
  // Differences .02 .04 .06: mean .04, deviation .02, t(2) = 4.3027, so ±4.3027 · .02 / √3 = ±.0497.
  const level = demoWords(fresh([0.7, 0.72, 0.74], [0.72, 0.76, 0.8]), drawings);
  expect(level.headline).toBe(
    "Preparing the last layer first made 4.0 points of difference, which may be chance (95 %: −1.0 to +9.0, over the drawings)",
  );
  // .03 .04 .05: ±.0248
  const gained = demoWords(fresh([0.7, 0.72, 0.74], [0.73, 0.76, 0.79]), drawings);
  expect(gained.headline).toBe(
    "Preparing the last layer first gained 4.0 points (95 %: +1.5 to +6.5, over the drawings)",
  );
  expect(gained.story[0]).toContain(
    "It had learned shapes; new are outlines, 120 to learn from. On 3 fresh drawings of the task",
  );
  expect(gained.story.join(" ")).toContain("after one pass over the images 30.0 % are right");
  expect(gained.story.join(" ")).toContain(
    "by 0.80 times their length from the random one, by 0.25 from the prepared one",
  );
  const lost = demoWords(fresh([0.73, 0.76, 0.79], [0.7, 0.72, 0.74]), drawings);
  expect(lost.headline).toMatch(/^Preparing the last layer first lost 4\.0 points here/);
  // Only what gained is explained as a gain.
  for (const { story } of [level, lost]) expect(story.join(" ")).not.toContain("Why:");
});

test("each way has its mean over the drawings, after the last pass", () => {
  const means = standingsOf(fresh([0.7, 0.74], [0.8, 0.82])).map(({ start, mean }) => [start, mean.toFixed(3)]);
  expect(means).toEqual([
    ["alone", "0.700"],
    ["random", "0.720"],
    ["prepared", "0.810"],
  ]);
});

test("the page shows the three ways, the passes and three pictures of the features, and runs nothing", () => {
  const page = demoPage({
    subject: { ...drawings, draw: "set", sample: "text" },
    fresh: fresh([0.7, 0.74], [0.8, 0.82]),
    version: "1",
    createdAt: "",
    report: "run/report.html",
  });
  expect(page).not.toMatch(/<script/i);
  for (const part of [
    "81.0",
    "As pretrained",
    "Trained from a random last layer",
    "Set by set",
    "test texts (%)",
    'href="run/report.html"',
  ])
    expect(page).toContain(part);
  expect(page.match(/<svg[^>]*aria-label/g)).toHaveLength(4);
  expect(page).not.toMatch(/drawing|images/);
});
