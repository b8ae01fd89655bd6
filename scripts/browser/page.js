/** What the page of `npm run check:browser` offers to the script that opens it. */
import * as ort from "onnxruntime-web/webgpu";
import { trainingLosses } from "./convnet.js";
import { compareOperators } from "./operators.js";

ort.env.wasm.wasmPaths = "/onnxruntime-web/";
ort.env.wasm.numThreads = 1;
ort.env.logLevel = "error";

/** Why an engine is not there; undefined where it is. */
async function missing(engine) {
  if (engine !== "webgpu") return undefined;
  if (!navigator.gpu) return "this browser has no WebGPU";
  return (await navigator.gpu.requestAdapter()) ? undefined : "WebGPU finds no adapter";
}

globalThis.check = {
  missing,
  trainingLosses: (engine) => trainingLosses(ort, engine),
  compareOperators: (...given) => compareOperators(ort, ...given),
};
