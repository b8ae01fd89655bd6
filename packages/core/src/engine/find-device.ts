import { GraphBuilder, type Model } from "@taskhead/autograd";
import { createEngine, processorOf, type OnnxRuntime } from "./create-engine.js";
import { devices, isProcessor, type Device } from "./device.js";
import type { Engine } from "./engine.js";

/** A device, and what keeps it from computing here; undefined where nothing does. */
export interface FoundDevice {
  readonly device: Device;
  readonly lacks?: string;
  /** Of one that computes: whether it has products of float16 (`Engine.halfPrecision`). */
  readonly halfPrecision?: boolean;
}

/** What this machine computes on, of all that the runtime could use here: each is tried with a small sum. */
export async function findDevices(ort: OnnxRuntime): Promise<FoundDevice[]> {
  const processor = processorOf(ort);
  const here = devices.filter((device) => !isProcessor(device) || device === processor);
  const found: FoundDevice[] = [];
  for (const device of here) {
    const lacks = await lackOf(ort, device);
    found.push(
      lacks === undefined
        ? { device, halfPrecision: await createEngine(ort, { device }).halfPrecision() }
        : { device, lacks },
    );
  }
  return found;
}

/** Why a device does not compute here, in a line; undefined if it does. */
export async function lackOf(ort: OnnxRuntime, device: Device): Promise<string | undefined> {
  try {
    const engine = createEngine(ort, { device });
    const { first } = await squared(engine, 2, 1);
    return first === 4 ? undefined : "it gives wrong results";
  } catch (error) {
    const said = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    return remedyOf(device, said);
  }
}

/**
 * The device that multiplies matrices fastest: a GPU that is there in software alone is slower than the processor.
 * @param found what `findDevices` found, if that is known
 * @throws whatever the runtime throws if the processor itself does not compute
 */
export async function fastestDevice(ort: OnnxRuntime, found?: readonly FoundDevice[]): Promise<Device> {
  const times: { device: Device; ms: number }[] = [];
  for (const { device, lacks } of found ?? (await findDevices(ort))) {
    if (lacks !== undefined) continue;
    const { ms } = await squared(createEngine(ort, { device }), 1024, 3);
    times.push({ device, ms });
  }
  return times.reduce((best, own) => (own.ms < best.ms ? own : best)).device;
}

/** Σ x·x by rows, for ones [n, n]: the first element, n², and the milliseconds of the last run; the first loads what it needs. */
async function squared(engine: Engine, n: number, runs: number): Promise<{ first: number; ms: number }> {
  const session = await engine.session(product());
  const x = engine.tensor("float32", new Float32Array(n * n).fill(1), [n, n]);
  let [first, ms] = [NaN, NaN];
  for (let i = 0; i < runs; i++) {
    const start = performance.now();
    const { y } = await session.run({ x });
    first = Number(y!.data[0]);
    ms = performance.now() - start;
  }
  await session.release();
  return { first, ms };
}

function product(): Model {
  const b = new GraphBuilder("product");
  const x = b.input("x", "float32", ["n", "n"]);
  // Summed up, so that little is copied back.
  b.setOutputs({ y: b.reduceSum(b.op("MatMul", [x, x]), [0]) });
  return b.model();
}

/** What the runtime says of a missing device is long, and names files of its own. */
function remedyOf(device: Device, said: string): string {
  if (/adapter|vulkan|d3d12|metal|webgpu/i.test(said) && device === "webgpu")
    return "no GPU is found; install its driver, and on Linux the Vulkan loader (libvulkan1)";
  if (/backend not found|not bundled|not available|no available backend|not enabled|unsupported device/i.test(said))
    return "the runtime has none on this platform";
  if (device === "cuda" && /\.so|\.dll|provider|library|load/i.test(said))
    return "the runtime's CUDA files or CUDA itself are missing; install CUDA 12, then onnxruntime-node with its install script";
  return said.replace(/\s+/g, " ").trim().slice(0, 160);
}
