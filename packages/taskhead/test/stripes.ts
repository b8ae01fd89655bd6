import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
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

/** Conv → Relu → GlobalAveragePool → Gemm, weights fixed. */
export async function tinyBackboneFile(file: string): Promise<void> {
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
