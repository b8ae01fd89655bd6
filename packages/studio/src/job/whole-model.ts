import { loadModel, writeModel, type ExternalData } from "@taskhead/autograd";

/**
 * A model as one file, which is how it is kept and trained: with the weights in it that it has in files beside itself. Of those
 * no more is read than it asks for.
 * @param weights of each file, by the model's own name for it
 * @throws {ModelError} if it is none, asks for more than one ONNX file holds, for what its files lack, or for files elsewhere
 */
export function wholeModel(bytes: Uint8Array, weights: ReadonlyMap<string, Blob>): Uint8Array {
  const model = loadModel(bytes, { external: externalIn(weights) });
  return weights.size === 0 ? bytes : writeModel(model);
}

/** Only workers have a reader that makes nobody wait; among the names of pages it is lacking. */
declare class FileReaderSync {
  readAsArrayBuffer(file: Blob): ArrayBuffer;
}

function externalIn(weights: ReadonlyMap<string, Blob>): ExternalData {
  return (path, offset, length) => {
    const file = weights.get(path);
    if (!file) throw new Error("it was not given");
    return new Uint8Array(new FileReaderSync().readAsArrayBuffer(file.slice(offset, offset + length)));
  };
}
