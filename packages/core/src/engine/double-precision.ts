import { GraphBuilder } from "@taskhead/autograd";
import type { Engine } from "./engine.js";

/** Whether the runtime multiplies matrices of float64: onnxruntime-web's build for WebGPU leaves all of float64 out. */
export async function detectDoublePrecision(engine: Engine): Promise<boolean> {
  const b = new GraphBuilder();
  const x = b.input("x", "float64", [1, 1]);
  b.setOutputs({ y: b.op("MatMul", [x, x]) });
  try {
    const session = await engine.session(b.model());
    await session.release();
    return true;
  } catch {
    return false;
  }
}
