import { writeModel, type Model } from "@taskhead/autograd";
import * as ort from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { createEngine } from "../engine/create-engine.js";
import { plainPreprocessing, type Interpolation, type Preprocessing } from "./preprocessing.js";
import { createResizer, resizeModel } from "./resize.js";
import { servedResize } from "./served-resize.js";

const engine = createEngine(ort);

/** RGB bytes [height, width, 3]. */
function pattern(height: number, width: number): Uint8Array {
  const at = (i: number): number => {
    const [y, x, c] = [Math.floor(i / 3 / width), Math.floor(i / 3) % width, i % 3];
    return (x * 37 + y * 59 + c * 83 + x * y * (c + 3) * 11) % 256;
  };
  return Uint8Array.from({ length: height * width * 3 }, (_, i) => at(i));
}

function channelsFirst(rgb: Uint8Array): number[] {
  return [0, 1, 2].flatMap((c) => [...rgb].filter((_, i) => i % 3 === c));
}

const wide: Preprocessing = { ...plainPreprocessing(6), resize: "shortest-edge", crop: { height: 4, width: 4 } };
const tall: Preprocessing = {
  ...plainPreprocessing(6),
  resize: "shortest-edge",
  crop: { height: 3, width: 5 },
  interpolation: "bicubic",
};

async function resized(preprocessing: Preprocessing, height: number, width: number): Promise<number[]> {
  return [...(await (await createResizer(engine, preprocessing))(pattern(height, width), width, height))];
}

describe("resizing", () => {
  it.each<Interpolation>(["bilinear", "bicubic", "nearest"])("gives Pillow's bytes, %s", async (interpolation) => {
    expect(await resized({ ...plainPreprocessing(4), interpolation }, 5, 7)).toEqual(pillow[interpolation].down);
    expect(await resized({ ...plainPreprocessing(8), interpolation }, 3, 3)).toEqual(pillow[interpolation].up);
  });

  it("scales the shortest edge and crops the middle as transformers does", async () => {
    expect(await resized(wide, 9, 14)).toEqual(pillow.wide);
    expect(await resized(tall, 17, 10)).toEqual(pillow.tall);
  });

  it("leaves an image of the right size as it is", async () => {
    expect(await resized(plainPreprocessing({ height: 6, width: 5 }), 6, 5)).toEqual(channelsFirst(pattern(6, 5)));
  });

  it("takes images of one shape after another", async () => {
    const resize = await createResizer(engine, plainPreprocessing(4));
    const shapes = [
      [1, 1],
      [5, 7],
      [90, 3],
      [4, 4],
    ] as const;
    for (const [height, width] of shapes) expect(await resize(pattern(height, width), width, height)).toHaveLength(48);
  });
});

describe("the resizing nodes in front of a model", () => {
  /** `pixel_values` float32 [batch, 3, height, width] → `bytes` uint8. */
  function served(preprocessing: Preprocessing): Uint8Array {
    const { nodes, initializers } = servedResize(preprocessing, "pixel_values", "bytes");
    const model: Model = {
      irVersion: 10,
      opsets: new Map([["", 18]]),
      producer: "test",
      metadata: new Map(),
      graph: {
        name: "served",
        inputs: [{ name: "pixel_values", type: { dtype: "float32", shape: ["batch", 3, "height", "width"] } }],
        outputs: [{ name: "bytes", type: { dtype: "uint8", shape: ["batch", 3, "h", "w"] } }],
        nodes,
        initializers,
      },
    };
    return writeModel(model);
  }

  it.each([
    ["stretched", plainPreprocessing(4), 5, 7, "bilinear"],
    ["shortest edge", wide, 9, 14, "wide"],
    ["shortest edge, bicubic", tall, 17, 10, "tall"],
  ] as const)(
    "give the same bytes from a float batch, channels first: %s",
    async (_, preprocessing, height, width, key) => {
      const image = channelsFirst(pattern(height, width));
      const session = await ort.InferenceSession.create(served(preprocessing), { logSeverityLevel: 3 });
      const { bytes } = await session.run({
        pixel_values: new ort.Tensor("float32", Float32Array.from([...image, ...image]), [2, 3, height, width]),
      });
      const expected = key === "bilinear" ? pillow.bilinear.down : pillow[key];
      expect([...(bytes!.data as Uint8Array)]).toEqual([...expected, ...expected]);
    },
  );
});

describe("the resizing model", () => {
  it("is small, with one input and one output", async () => {
    const bytes = resizeModel(wide);
    expect(bytes.length).toBeLessThan(2000);
    const session = await ort.InferenceSession.create(bytes);
    expect([session.inputNames, session.outputNames]).toEqual([["image"], ["resized"]]);
  });
});

/** What Pillow 11.3 makes of `pattern`, channels first: 5×7 to 4×4, and 3×3 to 8×8. */
const pillow = {
  bilinear: {
    down: [
      38, 91, 128, 199, 123, 130, 79, 179, 140, 130, 119, 168, 174, 128, 150, 154, 120, 147, 171, 53, 161, 117, 142,
      104, 107, 143, 155, 156, 60, 171, 156, 107, 177, 168, 78, 106, 127, 147, 153, 126, 80, 158, 145, 105, 128, 156,
      145, 125,
    ],
    up: [
      0, 2, 16, 30, 44, 58, 72, 74, 4, 6, 21, 35, 50, 65, 80, 82, 26, 29, 48, 68, 87, 106, 126, 129, 48, 52, 76, 100,
      124, 147, 172, 176, 70, 74, 104, 132, 151, 162, 173, 174, 92, 97, 131, 164, 170, 149, 129, 125, 114, 120, 158,
      197, 189, 137, 85, 76, 118, 124, 163, 202, 192, 135, 78, 68, 83, 85, 99, 113, 127, 141, 155, 157, 87, 89, 104,
      119, 131, 140, 149, 150, 109, 112, 133, 155, 155, 134, 113, 109, 131, 135, 162, 190, 178, 128, 77, 68, 153, 156,
      171, 187, 172, 128, 83, 76, 175, 173, 158, 144, 135, 133, 131, 131, 197, 190, 146, 102, 99, 139, 179, 186, 201,
      193, 144, 95, 93, 140, 187, 195, 166, 168, 182, 196, 210, 224, 238, 240, 170, 171, 180, 190, 202, 217, 232, 235,
      192, 189, 169, 151, 152, 175, 198, 202, 214, 206, 158, 112, 103, 134, 164, 169, 188, 182, 142, 102, 92, 113, 133,
      137, 114, 115, 119, 123, 121, 114, 105, 104, 40, 48, 96, 144, 150, 114, 78, 71, 28, 37, 92, 147, 155, 114, 73, 66,
    ],
  },
  bicubic: {
    down: [
      27, 88, 130, 206, 127, 134, 63, 186, 142, 130, 117, 169, 177, 127, 154, 150, 115, 153, 181, 39, 172, 111, 139, 99,
      101, 149, 155, 160, 45, 182, 162, 97, 186, 171, 65, 104, 125, 146, 164, 127, 67, 165, 149, 101, 129, 159, 146,
      123,
    ],
    up: [
      0, 0, 6, 20, 35, 49, 60, 65, 2, 3, 15, 32, 48, 65, 78, 83, 18, 22, 36, 57, 81, 108, 128, 136, 41, 48, 67, 95, 125,
      160, 186, 196, 64, 74, 100, 135, 159, 176, 186, 190, 89, 101, 137, 179, 185, 156, 129, 119, 106, 120, 163, 212,
      202, 136, 79, 58, 114, 128, 174, 225, 210, 130, 62, 36, 73, 78, 87, 101, 121, 146, 166, 174, 81, 86, 99, 116, 131,
      143, 152, 156, 97, 106, 132, 162, 163, 134, 109, 100, 121, 133, 172, 213, 197, 123, 61, 39, 150, 156, 182, 207,
      187, 122, 68, 49, 185, 179, 163, 142, 132, 131, 131, 131, 211, 194, 145, 87, 85, 138, 185, 201, 222, 201, 139, 68,
      69, 141, 204, 226, 154, 162, 181, 207, 226, 239, 248, 252, 165, 169, 178, 191, 206, 223, 236, 241, 205, 197, 173,
      146, 148, 180, 207, 217, 244, 222, 163, 93, 81, 126, 168, 181, 212, 194, 145, 85, 72, 102, 132, 141, 107, 109,
      116, 122, 119, 107, 97, 93, 21, 40, 94, 156, 163, 116, 73, 59, 0, 14, 86, 167, 177, 117, 62, 44,
    ],
  },
  nearest: {
    down: [
      0, 74, 148, 222, 59, 199, 83, 223, 177, 193, 209, 225, 236, 62, 144, 226, 83, 157, 231, 49, 142, 48, 210, 116, 4,
      86, 168, 250, 63, 233, 147, 61, 166, 240, 58, 132, 225, 153, 81, 9, 87, 235, 127, 19, 146, 148, 150, 152,
    ],
    up: [
      0, 0, 0, 37, 37, 74, 74, 74, 0, 0, 0, 37, 37, 74, 74, 74, 0, 0, 0, 37, 37, 74, 74, 74, 59, 59, 59, 129, 129, 199,
      199, 199, 59, 59, 59, 129, 129, 199, 199, 199, 118, 118, 118, 221, 221, 68, 68, 68, 118, 118, 118, 221, 221, 68,
      68, 68, 118, 118, 118, 221, 221, 68, 68, 68, 83, 83, 83, 120, 120, 157, 157, 157, 83, 83, 83, 120, 120, 157, 157,
      157, 83, 83, 83, 120, 120, 157, 157, 157, 142, 142, 142, 223, 223, 48, 48, 48, 142, 142, 142, 223, 223, 48, 48,
      48, 201, 201, 201, 70, 70, 195, 195, 195, 201, 201, 201, 70, 70, 195, 195, 195, 201, 201, 201, 70, 70, 195, 195,
      195, 166, 166, 166, 203, 203, 240, 240, 240, 166, 166, 166, 203, 203, 240, 240, 240, 166, 166, 166, 203, 203, 240,
      240, 240, 225, 225, 225, 61, 61, 153, 153, 153, 225, 225, 225, 61, 61, 153, 153, 153, 28, 28, 28, 175, 175, 66,
      66, 66, 28, 28, 28, 175, 175, 66, 66, 66, 28, 28, 28, 175, 175, 66, 66, 66,
    ],
  },
  /** 9×14 with its shorter side to 6, then the middle 4×4; bilinear. */
  wide: [
    90, 131, 144, 123, 149, 129, 167, 153, 128, 100, 191, 122, 94, 186, 221, 180, 145, 108, 138, 107, 187, 122, 140,
    147, 136, 122, 110, 141, 114, 136, 151, 102, 162, 157, 86, 134, 158, 114, 128, 157, 141, 161, 96, 146, 137, 123, 98,
    127,
  ],
  /** 17×10 with its shorter side to 6, then the middle 3×5; bicubic. */
  tall: [
    115, 133, 68, 164, 199, 141, 112, 154, 225, 193, 82, 129, 129, 179, 98, 160, 102, 107, 143, 149, 155, 132, 143, 114,
    125, 81, 122, 90, 178, 138, 94, 115, 152, 130, 74, 115, 119, 149, 138, 138, 169, 164, 118, 95, 85,
  ],
};
