import { buildOn } from "@taskhead/autograd";
import { describe, expect, it, test } from "vitest";
import { engine } from "../../test/tiny-task.js";
import { normals, random } from "../data/random.js";
import { withSession } from "../engine/with-session.js";
import { segmentation } from "../objectives/segmentation.js";
import { probeCached } from "../probe/probe-cached.js";
import { probeNetwork } from "../probe/probe-network.js";
import { denseHead, headAlone } from "./index.js";
import { linearMatrix } from "./linear-resize.js";
import { identityBackbone } from "./with-head.js";

const map = { channels: 5, height: 3, width: 4 };
const numbers = 60;
const z = normals(2 * numbers, 1, random(1, "maps"));

describe.each([
  [undefined, { height: 12, width: 13 }],
  [6, { height: 12, width: 13 }],
  // A size along an axis that stays, and one that shrinks.
  [undefined, { height: 3, width: 2 }],
])("with %s hidden channels, to %j", (hidden, size) => {
  const head = denseHead({ map, size, ...(hidden ? { hidden } : {}) });
  const weights = new Map(
    [...head.initial(random(2), numbers, 3, 1)].map(([name, w]) => [name, normals(w.length, 0.5, random(3, name))]),
  );

  it("gives in training what the exported operators, Conv and Resize, give", async () => {
    const feeds = { z: engine.tensor("float32", z, [2, numbers]) };
    const products = await withSession(engine, headAlone(head, numbers, 3, weights), (session) => session.run(feeds));
    const b = buildOn({
      ...identityBackbone(numbers).model,
      graph: { ...identityBackbone(numbers).model.graph, outputs: [] },
    });
    const maps = b.op("Reshape", ["z", b.ints([-1, map.channels, map.height, map.width])]);
    b.setOutputs({ logits: head.attachExported!(b, maps, 3, weights) });
    const operators = await withSession(engine, b.model(), (session) => session.run(feeds));
    expect(products["logits"]!.dims).toEqual([2, 3, size.height, size.width]);
    const own = operators["logits"]!.data as Float32Array;
    (products["logits"]!.data as Float32Array).forEach((q, i) => expect(q).toBeCloseTo(own[i]!, 5));
  });
});

test("starts as nn.Conv2d does, and hidden channels by the features' scale", () => {
  const size = { height: 6, width: 8 };
  const wide = { channels: 200, height: 3, width: 4 };
  const linear = denseHead({ map: wide, size }).initial(random(2), 2400, 11, 9);
  const most = Math.max(...linear.get("head.weight")!.map(Math.abs));
  expect(most).toBeLessThanOrEqual(1 / Math.sqrt(200));
  expect(most).toBeGreaterThan(0.98 / Math.sqrt(200));
  expect([...linear].map(([name, w]) => [name, w.length])).toEqual([["head.weight", 2200], ["head.bias", 11]]); // prettier-ignore
  const deep = denseHead({ map: wide, size, hidden: 30 }).initial(random(2), 2400, 11, 9).get("head.1.weight")!;
  expect(Math.sqrt(deep.reduce((sum, w) => sum + w * w, 0) / deep.length)).toBeCloseTo(Math.sqrt(2 / (200 * 9 * 9)), 4);
});

test("learns at a rate that goes by what a unit reads at one place, or at nine", () => {
  const size = { height: 6, width: 8 };
  const rate = (hidden?: number): number =>
    probeNetwork({
      head: denseHead({ map, size, ...(hidden ? { hidden } : {}) }),
      width: numbers,
      outputs: 3,
      seed: 0,
    }).rateMultiplier(50)(hidden ? "head.1.weight" : "head.weight");
  expect([rate(), rate(7)]).toEqual([1 / 50, 1 / 450]);
});

test("places lie between centres, and beyond the outer ones they are theirs", () => {
  expect([...linearMatrix(2, 4)]).toEqual([1, 0, 0.75, 0.25, 0.25, 0.75, 0, 1]);
  expect([...linearMatrix(3, 1)]).toEqual([0, 1, 0]);
});

describe("probing on maps", () => {
  const size = { height: 6, width: 8 };
  const features = normals(12 * numbers, 2, random(8, "features")).map((v) => v + 3);
  // What the first channels say at the place, and every ninth does not count.
  const data = Int32Array.from({ length: 12 * 48 }, (_, i) => {
    const [n, y, x] = [Math.floor(i / 48), Math.floor((i % 48) / 8), i % 8];
    const at = (c: number): number => features[n * numbers + c * 12 + Math.floor(y / 2) * 4 + Math.floor(x / 2)]!;
    return i % 9 === 0 ? -1 : [0, 1, 2].reduce((best, c) => (at(c) > at(best) ? c : best), 0);
  });
  const train = { features, targets: { data, shape: [6, 8] } };
  const given = { engine, objective: segmentation(3), train, validation: train, width: numbers, batch: 4, seed: 1 };

  it("learns, and ends at an optimum whatever the way there", async () => {
    const options = { ...given, architecture: denseHead({ map, size }), taus: ["converged:0" as const] };
    const stops = await probeCached({ ...options, epochs: 8, smoothing: 0.1 });
    const [first, last, optimum] = [stops[0]!, stops.at(-2)!, stops.at(-1)!];
    expect(first.energy).toBeGreaterThan(0.6);
    expect(last.energy).toBeLessThan(first.energy - 0.1);
    expect(last.validationScore).toBeGreaterThan(0.5);
    expect(optimum.convergence!.reason).toBe("tolerance");
    expect(first.contributions).toHaveLength(12);
    // Lengths are those of a place's vector.
    let norm = 0;
    for (let n = 0; n < 12; n++)
      for (let p = 0; p < 12; p++)
        norm += Math.hypot(...[0, 1, 2, 3, 4].map((c) => features[n * numbers + c * 12 + p]!));
    expect(first.featureNorm).toBeCloseTo(norm / 144, 6);
    expect(first.headInputNorm).toBe(first.featureNorm);
    const [again] = (await probeCached({ ...options, epochs: 1, learningRate: 1e-4, smoothing: 0.1 })).slice(-1);
    expect(again!.loss).toBeCloseTo(optimum.loss, 6);
  });

  it("learns with a window too", async () => {
    const stops = await probeCached({ ...given, architecture: denseHead({ map, size, hidden: 8 }), epochs: 8 });
    expect(stops.at(-1)!.energy).toBeLessThan(stops[0]!.energy - 0.1);
  });
});
