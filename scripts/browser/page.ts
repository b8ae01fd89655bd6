/** The page of `npm run check:browser`. */
import type { EngineName } from "@taskhead/autograd";
import * as ort from "onnxruntime-web/webgpu";
import { trainingLosses } from "./convnet.js";
import "./offered.js";
import { compareOperators } from "./operators.js";

/** What is asked of WebGPU here. This file is checked with the tests, whose types are Node's. */
declare const navigator: { readonly gpu?: { requestAdapter(): Promise<object | null> } };

ort.env.wasm.wasmPaths = "/onnxruntime-web/";
ort.env.wasm.numThreads = 1;
ort.env.logLevel = "error";

async function missing(engine: EngineName): Promise<string | undefined> {
  if (engine !== "webgpu") return undefined;
  if (!navigator.gpu) return "this browser has no WebGPU";
  return (await navigator.gpu.requestAdapter()) ? undefined : "WebGPU finds no adapter";
}

globalThis.check = {
  missing,
  trainingLosses: (engine) => trainingLosses(ort, engine),
  compareOperators: (...given) => compareOperators(ort, ...given),
};
