import { GraphBuilder, halfProducts } from "@taskhead/autograd";
import type { Engine } from "./engine.js";

/** Whether a device multiplies matrices of float16 itself: 3 · 3 in it, and nothing left to the processor. */
export async function detectHalfPrecision(engine: Engine): Promise<boolean> {
  const b = new GraphBuilder("half");
  const x = b.input("x", "float32", [2, 2]);
  b.setOutputs({ y: b.op("MatMul", [x, x]) });
  try {
    const session = await engine.session(
      halfProducts(b.model(), () => true),
      { wholly: true },
    );
    const { y } = await session.run({ x: engine.tensor("float32", Float32Array.of(3, 0, 0, 3), [2, 2]) });
    await session.release();
    return Number(y!.data[0]) === 9;
  } catch {
    return false;
  }
}
