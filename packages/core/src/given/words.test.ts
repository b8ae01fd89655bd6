import { expect, test } from "vitest";
import { shown } from "./words.js";

test("what was given is told on a short line", () => {
  const circle: { self?: object } = {};
  circle.self = circle;
  const given = [
    "3",
    "a\n\u001b[2Jb",
    NaN,
    null,
    2n,
    [1, "a"],
    { epochs: 1 },
    new Map(),
    new Uint8Array(2),
    circle,
    [1n],
    Promise,
  ];
  expect(given.map(shown)).toEqual([
    "'3'",
    "'a\\n\\u001b[2Jb'",
    "NaN",
    "null",
    "2",
    '[1,"a"]',
    '{"epochs":1}',
    "a Map",
    "a Uint8Array",
    "an object",
    "a list",
    "a function",
  ]);
  expect(shown(Array.from({ length: 1000 }, (_, i) => i))).toHaveLength(80);
});
