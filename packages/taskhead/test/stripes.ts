import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Float, float32, GraphBuilder, writeModel } from "@taskhead/autograd";
import sharp from "sharp";

/** The classes of the drawn images. */
export const labels = ["columns", "dots", "rows"];

/** A folder of striped images, `perClass` of each class. */
export async function drawStripes(folder: string, perClass: number): Promise<void> {
  for (const label of labels) {
    await mkdir(join(folder, label), { recursive: true });
    for (let i = 0; i < perClass; i++) await draw(join(folder, label, `${i}.png`), label, i + 1);
  }
}

/** A stripe pattern on random colours: `columns`, `rows`, or both. */
async function draw(file: string, kind: string, seed: number): Promise<void> {
  const side = 20;
  const data = Buffer.alloc(3 * side * side);
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++)
      for (let c = 0; c < 3; c++) {
        const on = (kind !== "rows" && (x + seed) % 4 < 2) || (kind !== "columns" && (y + seed) % 4 < 2);
        data[3 * (y * side + x) + c] = (on ? 200 : 40) + ((seed * 37 + c * 53 + x * y * 7) % 50);
      }
  await sharp(data, { raw: { width: side, height: side, channels: 3 } })
    .png()
    .toFile(file);
}

/** Says of a backbone beside it that it takes 0..1, as it is; of whatever size its input has. */
async function plainProcessor(file: string): Promise<void> {
  const config = { do_resize: true, size: 64, resample: 2, do_rescale: true, do_normalize: false };
  await writeFile(join(dirname(file), "preprocessor_config.json"), JSON.stringify(config));
}

/** Conv → Relu → GlobalAveragePool → Gemm, weights fixed; and its preprocessor_config.json. */
export async function tinyBackboneFile(file: string): Promise<void> {
  await plainProcessor(file);
  const b = new GraphBuilder("tiny");
  const wave = (n: number, scale: number): Float32Array =>
    Float32Array.from({ length: n }, (_, i) => scale * Math.sin(i * i + 1));
  b.input("image", "float32", ["batch", 3, "height", "width"]);
  b.initializer("conv.weight", float32(wave(8 * 3 * 9, 0.4), [8, 3, 3, 3]));
  b.initializer("conv.bias", float32(wave(8, 0.1)));
  b.initializer("fc.weight", float32(wave(40, 0.3), [5, 8]));
  b.initializer("fc.bias", float32(wave(5, 0.1)));
  const conv = b.op("Conv", ["image", "conv.weight", "conv.bias"], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] });
  const pooled = b.op("Flatten", [b.op("GlobalAveragePool", [b.op("Relu", [conv])])], { axis: 1 });
  b.setOutputs({ scores: b.op("Gemm", [pooled, "fc.weight", "fc.bias"], { transB: 1, alpha: new Float(1) }) });
  await writeFile(file, writeModel(b.model()));
}

/** Two stages of Conv → BatchNormalization → Relu → MaxPool, then as above. */
export async function stagedBackboneFile(file: string): Promise<void> {
  await plainProcessor(file);
  const b = new GraphBuilder("staged");
  const wave = (n: number, scale: number, shift = 0): Float32Array =>
    Float32Array.from({ length: n }, (_, i) => shift + scale * Math.sin(i * i + 1));
  let x = b.input("image", "float32", ["batch", 3, 16, 16]);
  for (const [stage, [from, to]] of [
    ["first", [3, 6]],
    ["second", [6, 8]],
  ] as const) {
    const weight = b.initializer(`${stage}.weight`, float32(wave(to * from * 9, 0.3), [to, from, 3, 3]));
    const conv = b.op("Conv", [x, weight], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] });
    const norm = ["scale", "shift", "mean", "var"].map((part, i) =>
      b.initializer(`${stage}.${part}`, float32(wave(to, 0.1, i % 3 ? 0 : 1))),
    );
    const unit = b.op("Relu", [b.op("BatchNormalization", [conv, ...norm], { epsilon: new Float(1e-5) })]);
    x = b.op("MaxPool", [unit], { kernel_shape: [2, 2], strides: [2, 2] });
  }
  const pooled = b.op("Flatten", [b.op("GlobalAveragePool", [x])], { axis: 1 });
  b.initializer("fc.weight", float32(wave(40, 0.3), [5, 8]));
  b.setOutputs({ scores: b.op("Gemm", [pooled, "fc.weight"], { transB: 1 }) });
  await writeFile(file, writeModel(b.model()));
}
