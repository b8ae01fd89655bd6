import { isObject } from "../given/wanted.js";
import { shown } from "../given/words.js";
import { loadModel, ModelError, type ExternalData, type Model } from "@taskhead/autograd";

/** A model file, and what it keeps beside itself. */
export interface ModelFile {
  readonly bytes: Uint8Array;
  readonly external?: ExternalData;
}

/** The model in a file; one that has been loaded is as it is. @throws {ModelError} for what is neither */
export function modelOf(file: ModelFile | Model): Model {
  if (!isObject(file) || !("graph" in file || "bytes" in file))
    throw new ModelError(
      `backbone wants { bytes }, those of an .onnx file, or a model that was loaded, not ${shown(file)}`,
    );
  return "graph" in file ? file : loadModel(file.bytes, { external: file.external });
}
