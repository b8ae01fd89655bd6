import { GraphBuilder, nchwc } from "@taskhead/autograd";
import type { Engine } from "./engine.js";

/**
 * Finds how many channels the runtime stores side by side, by letting it reorder two pixels of 16 channels: the second
 * pixel begins where the first one's block ends.
 * @returns 8 or 16; undefined if the runtime has no channel-blocked layout here.
 */
export async function detectChannelBlock(engine: Engine): Promise<number | undefined> {
  const shape = [1, 16, 1, 2];
  const b = new GraphBuilder();
  b.setOutputs({ blocked: b.op("ReorderInput", [b.input("x", "float32", shape)], {}, { domain: nchwc }) });
  try {
    const session = await engine.session(b.model());
    const x = engine.tensor(
      "float32",
      Float32Array.from({ length: 32 }, (_, i) => i),
      shape,
    );
    const { blocked } = await session.run({ x });
    await session.release();
    const block = Array.from(blocked!.data as Float32Array).indexOf(1);
    return block === 8 || block === 16 ? block : undefined;
  } catch {
    return undefined; // The operator is missing: an engine without this layout.
  }
}
