import { loadModel, type ExternalData, type Model } from "@taskhead/autograd";

/** A model file, and what it keeps beside itself. */
export interface ModelFile {
  readonly bytes: Uint8Array;
  readonly external?: ExternalData;
}

/** The model in a file; one that has been loaded is as it is. */
export function modelOf(file: ModelFile | Model): Model {
  return "graph" in file ? file : loadModel(file.bytes, { external: file.external });
}
