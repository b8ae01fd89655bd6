import { GraphBuilder } from "@taskhead/autograd";
import { createEngine, fastestDevice, type Device, type Engine } from "@taskhead/core";
import { lackOf } from "@taskhead/core/internals";
import plainCode from "onnxruntime-web/ort-wasm-simd-threaded.mjs?url";
import plainBinary from "onnxruntime-web/ort-wasm-simd-threaded.wasm?url";
import waitingCode from "onnxruntime-web/ort-wasm-simd-threaded.asyncify.mjs?url";
import waitingBinary from "onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url";

/** What computes in this tab. */
export interface OpenedRuntime {
  readonly engine: Engine;
  readonly device: Device;
  readonly threads: number;
  /** Settles when the GPU is lost, with what the browser says of it; never without one. */
  readonly lost: Promise<string>;
}

/** More threads than that gain little on the sizes that are trained in a tab. */
const mostThreads = 8;

/**
 * ONNX Runtime from this page's own files, on the device that multiplies matrices fastest: a GPU that is there in software
 * alone is slower than the processor. Threads need a page that shares its memory with no other.
 * @param asked a device to take without trying
 */
export async function openRuntime(asked?: Device): Promise<OpenedRuntime> {
  const shares = self.crossOriginIsolated && typeof SharedArrayBuffer !== "undefined";
  const threads = shares ? Math.min(mostThreads, navigator.hardwareConcurrency || 1) : 1;
  if (asked === "webgpu" || (asked === undefined && (await hasGpu()))) {
    const ort = await import("onnxruntime-web/webgpu");
    ort.env.wasm.wasmPaths = { mjs: waitingCode, wasm: waitingBinary };
    ort.env.wasm.numThreads = threads;
    // What was begun on a GPU goes on without one where there is none any more.
    const found = (await lackOf(ort, "webgpu")) === undefined ? (asked ?? (await fastestDevice(ort))) : "wasm";
    if (found === "webgpu") {
      const engine = createEngine(ort, { device: "webgpu" });
      return { engine, device: "webgpu", threads, ...(await keptOpen(engine, ort.env.webgpu)) };
    }
  }
  // What the build for WebGPU needs to wait for a GPU makes all of WebAssembly slower, and it lacks float64.
  const ort = await import("onnxruntime-web/wasm");
  ort.env.wasm.wasmPaths = { mjs: plainCode, wasm: plainBinary };
  ort.env.wasm.numThreads = threads;
  return { engine: createEngine(ort, { device: "wasm" }), device: "wasm", threads, lost: new Promise(() => undefined) };
}

/** A real one: what stands in for it in software is slower than the processor, and takes its time to show it. */
async function hasGpu(): Promise<boolean> {
  const adapter = await navigator.gpu?.requestAdapter().catch(() => null);
  return adapter !== null && adapter !== undefined && !adapter.info.isFallbackAdapter;
}

/**
 * Keeps a session open: the runtime gives the device away with its last one, which would look like a loss. It is open before anything
 * else is asked of the runtime, which does not bear two things at a time.
 * @returns what settles when the device is lost
 */
async function keptOpen(
  engine: Engine,
  gpu: { readonly device: Promise<GPUDevice> },
): Promise<Pick<OpenedRuntime, "lost">> {
  const b = new GraphBuilder("open");
  b.setOutputs({ y: b.op("Relu", [b.input("x", "float32", ["n"])]) });
  await engine.session(b.model());
  const { lost } = await gpu.device;
  return { lost: lost.then(({ message, reason }) => message || reason) };
}
