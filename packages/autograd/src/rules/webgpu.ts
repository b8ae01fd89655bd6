import type { GradientRules } from "./rule.js";

/** Rules for what ONNX Runtime's WebGPU lacks. */
export const webgpu: GradientRules = {};
