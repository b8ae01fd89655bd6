import { expect, it } from "vitest";
import { engine } from "../../test/tiny-task.js";
import { fingerprintOf } from "./fingerprint.js";
import { arraySamples } from "./samples.js";
import { classTargets } from "./targets.js";

it("changes with what samples feed, with targets, with the input's name and with the shape", async () => {
  const mark = (name: string, value: number, label: number, shape = [2]): Promise<string> =>
    fingerprintOf(
      arraySamples(engine, { [name]: { data: Float32Array.of(1, 2, 3, value), shape } }, classTargets([0, label])),
    );
  const several = await Promise.all([
    mark("x", 4, 1),
    mark("x", 5, 1),
    mark("x", 4, 0),
    mark("y", 4, 1),
    mark("x", 4, 1, [2, 1]),
  ]);
  expect(new Set(several).size).toBe(several.length);
  expect(await mark("x", 4, 1)).toBe(several[0]);
  expect(several[0]).toMatch(/^2 [0-9a-f]{64}$/);
});

it("changes with any one sample of many", async () => {
  const count = 300;
  const mark = (changed?: number): Promise<string> => {
    const data = Float32Array.from({ length: count }, (_, i) => (i === changed ? -1 : i));
    return fingerprintOf(arraySamples(engine, { x: { data, shape: [1] } }, classTargets(new Uint8Array(count))));
  };
  const marks = await Promise.all([undefined, 0, 1, 149, 298, 299].map(mark));
  expect(new Set(marks).size).toBe(marks.length);
});
