import { UserError } from "../files/errors.js";

export type Runtime = typeof import("onnxruntime-node");

/** ONNX Runtime, a peer dependency with a native part that some platforms lack. */
export async function loadRuntime(): Promise<Runtime> {
  try {
    const module = (await import("onnxruntime-node")) as Runtime & { default?: Runtime };
    const runtime = module.default ?? module;
    // What goes wrong is thrown; the runtime would print it too.
    runtime.env.logLevel = "fatal";
    return runtime;
  } catch (error) {
    throw new UserError(
      `onnxruntime-node cannot be loaded on ${process.platform}-${process.arch} (${(error as Error).message}); install it beside taskhead: npm install onnxruntime-node`,
    );
  }
}
