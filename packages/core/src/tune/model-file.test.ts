import { expect, it } from "vitest";
import { remembered } from "./model-file.js";

/** Not a hash, but as long as one where it matters: it tells these bytes apart. */
const digest = (bytes: Uint8Array): string => bytes.join();

const file = (weights: number[], bytes = [1]) =>
  remembered(
    {
      bytes: Uint8Array.from(bytes),
      external: (_, offset, length) => Uint8Array.from(weights.slice(offset, offset + length)),
    },
    digest,
  );

it("a model's content is that of its file and of what was read beside it, in whatever order", () => {
  const content = (weights: number[], order = [0, 2], bytes?: number[]): string => {
    const model = file(weights, bytes);
    for (const offset of order) model.external!("w.bin", offset, 2);
    return model.content();
  };
  const whole = content([1, 2, 3, 4]);
  expect(content([1, 2, 3, 4], [2, 0, 2])).toBe(whole);
  expect(content([1, 2, 3, 4, 5])).toBe(whole); // what is not read decides nothing
  const others = [
    content([1, 2, 3, 5]),
    content([1, 2, 3, 4], [0]),
    content([1, 2, 3, 4], [0, 2], [2]),
    content([], []),
  ];
  expect(new Set([whole, ...others]).size).toBe(5);
});

it("weights that change while they are used are not read again", () => {
  const weights = [1, 2];
  const model = file(weights);
  model.external!("w.bin", 0, 2);
  weights[0] = 9;
  expect(() => model.external!("w.bin", 0, 2)).toThrow("it has changed since it was first read");
});
