/** The page of `npm run check:browser` on which transformers.js reads pictures and classifies them, as a website would. */
import { env, pipeline, RawImage } from "@huggingface/transformers";
import "./offered.js";

/** Where the script serves the exported model, as `MODELS/linear/…`. */
env.localModelPath = "/models/";
env.allowLocalModels = true;
env.allowRemoteModels = false;
env.backends.onnx.wasm!.wasmPaths = "/transformers-runtime/";
env.backends.onnx.wasm!.numThreads = 1;

const classifier = pipeline("image-classification", "linear", { device: "wasm", dtype: "fp32" });

globalThis.readPicture = async (url) => {
  const blob = await (await fetch(url)).blob();
  const image = await RawImage.fromBlob(blob).catch((error: unknown) => String(error));
  if (typeof image === "string") return image;
  const scores = await (await classifier)(image.clone(), { top_k: 4 });
  const { data, width, height } = image.rgb();
  return { data: [...data], width, height, probabilities: Object.fromEntries(scores.map((s) => [s.label, s.score])) };
};
