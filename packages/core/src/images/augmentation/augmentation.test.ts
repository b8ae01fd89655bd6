import { describe, expect, test } from "vitest";
import { imagesInMemory } from "../images.js";
import { classTargets } from "../../data/targets.js";
import { random } from "../../data/random.js";
import { adjustColour } from "./colour.js";
import { resizedCrop } from "./crop.js";
import { augmentations, augmented, type Augmentation } from "./index.js";
import { flip } from "./move.js";

const shape = [3, 16, 12] as const;
const size = 3 * 16 * 12;
const count = 6;
const rng = random(0, "pixels");
const pixels = Uint8Array.from({ length: count * size }, () => rng.integer(0, 255));
const images = imagesInMemory(pixels, classTargets([0, 1, 2, 0, 1, 2]), shape);
const first = pixels.subarray(0, size);

async function gathered(chosen: readonly Augmentation[], epoch: number, indices = [0, 1, 2, 3, 4, 5], seed = 1) {
  const out = new Uint8Array(indices.length * size);
  await augmented(images, chosen, seed, epoch).gather(indices, out);
  return indices.map((_, i) => out.slice(i * size, (i + 1) * size));
}

describe.each([...augmentations.map((name) => [name]), [...augmentations]])("%s", (...chosen) => {
  test("changes images, and depends on seed, epoch and image alone", async () => {
    const once = await gathered(chosen, 3);
    expect(once).not.toEqual(await gathered([], 3));
    expect(await gathered(chosen, 3)).toEqual(once);
    expect((await gathered(chosen, 3, [4, 2]))[1]).toEqual(once[2]);
    expect(await gathered(chosen, 4)).not.toEqual(once);
    expect(await gathered(chosen, 3, undefined, 2)).not.toEqual(once);
  });

  test("leaves count, targets, shape and the originals as they were", async () => {
    const before = pixels.slice();
    await gathered(chosen, 1);
    expect(augmented(images, chosen, 1, 1)).toMatchObject({ count, targets: images.targets, shape });
    expect(pixels).toEqual(before);
  });

  test("keeps an image of one colour an image of one colour", async () => {
    const plain = imagesInMemory(new Uint8Array(size).fill(100), classTargets([0]), shape);
    const out = new Uint8Array(size);
    await augmented(plain, chosen, 1, 1).gather([0], out);
    expect(new Set(out).size).toBe(1);
  });
});

test("without augmentation the images themselves are used", () => {
  expect(augmented(images, [], 1, 1)).toBe(images);
});

test("flip mirrors rows, and twice is the identity", () => {
  expect(flip(Uint8Array.of(1, 2, 3, 4, 5, 6), [1, 2, 3])).toEqual(Uint8Array.of(3, 2, 1, 6, 5, 4));
  expect(flip(flip(first, shape), shape)).toEqual(first);
});

test("flip mirrors about half of the images", async () => {
  const many = imagesInMemory(
    Uint8Array.from({ length: 2000 }, (_, i) => i % 2),
    classTargets(new Uint8Array(1000)),
    [1, 1, 2],
  );
  const out = new Uint8Array(2000);
  await augmented(many, ["flip"], 5, 1).gather([...new Uint8Array(1000).keys()], out);
  const flipped = out.filter((v, i) => i % 2 === 0 && v === 1).length;
  expect(Math.abs(flipped - 500)).toBeLessThan(50); // three standard deviations
});

test("shift moves by an eighth of the side at most, all pixels by the same way", async () => {
  const marked = new Uint8Array(size);
  marked[8 * 12 + 6] = 255; // in the middle of the first channel
  const one = imagesInMemory(marked, classTargets([0]), shape);
  const places = new Set<string>();
  for (let epoch = 0; epoch < 60; epoch++) {
    const out = new Uint8Array(size);
    await augmented(one, ["shift"], 1, epoch).gather([0], out);
    const at = out.indexOf(255);
    expect(out.filter((v) => v === 255)).toHaveLength(1);
    places.add(`${Math.floor(at / 12) - 8} ${(at % 12) - 6}`);
  }
  const [dy, dx] = [0, 1].map((axis) => [...places].map((p) => Number(p.split(" ")[axis])));
  expect([Math.min(...dy!), Math.max(...dy!), Math.min(...dx!), Math.max(...dx!)]).toEqual([-2, 2, -1, 1]);
});

test("a crop of everything changes nothing, and of one pixel shows that pixel", () => {
  expect(resizedCrop(first, shape, { top: 0, left: 0, height: 16, width: 12 })).toEqual(first);
  const pixel = resizedCrop(first, shape, { top: 5, left: 7, height: 1, width: 1 });
  for (let c = 0; c < 3; c++)
    expect(new Set(pixel.subarray(c * 192, (c + 1) * 192))).toEqual(new Set([first[c * 192 + 67]]));
});

test("a crop is interpolated between pixel centres", () => {
  // A row 0, 100 enlarged to four: centres at −0.25, 0.25, 0.75, 1.25 of the source.
  const row = resizedCrop(Uint8Array.of(0, 100, 7, 7), [1, 1, 4], { top: 0, left: 0, height: 1, width: 2 });
  expect([...row]).toEqual([0, 25, 75, 100]);
});

describe("colour", () => {
  const as = (factors: Partial<Parameters<typeof adjustColour>[2]>) =>
    adjustColour(first, shape, { brightness: 1, contrast: 1, saturation: 1, ...factors });
  const greyOf = (image: Uint8Array, i: number) =>
    0.299 * image[i]! + 0.587 * image[192 + i]! + 0.114 * image[384 + i]!;

  test("factors of 1 change nothing", () => expect(as({})).toEqual(first));

  test("brightness multiplies, and stops at white", () => {
    expect(as({ brightness: 1.4 })).toEqual(first.map((v) => Math.min(255, Math.round(v * 1.4))));
  });

  test("contrast 0 is the mean grey, saturation 0 each pixel's grey", () => {
    let mean = 0;
    for (let i = 0; i < 192; i++) mean += greyOf(first, i) / 192;
    expect(as({ contrast: 0 })).toEqual(new Uint8Array(size).fill(Math.round(mean)));
    expect(as({ saturation: 0 })).toEqual(first.map((_, i) => Math.round(greyOf(first, i % 192))));
  });

  test("is for three channels only", () => {
    expect(() => adjustColour(new Uint8Array(4), [1, 2, 2], { brightness: 1, contrast: 1, saturation: 1 })).toThrow(
      /RGB/,
    );
  });
});
