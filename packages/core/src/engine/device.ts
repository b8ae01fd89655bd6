import type { EngineName } from "@taskhead/autograd";

/** What computes, by ONNX Runtime's name for it: `cpu` or, in a browser, `wasm` are the processor. */
export const devices = ["cpu", "wasm", "webgpu", "cuda", "coreml", "dml"] as const;
export type Device = (typeof devices)[number];

/** The form of the graphs that a device runs. What CUDA, CoreML or DirectML lack the runtime gives to the processor. */
export function dialectOf(device: Device): EngineName {
  return device === "wasm" || device === "webgpu" ? device : "cpu";
}

/** Whether training graphs are in the runtime's blocked layout there, which only its processor has. */
export function isProcessor(device: Device): boolean {
  return device === "cpu" || device === "wasm";
}
