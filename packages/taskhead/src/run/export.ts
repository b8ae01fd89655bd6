import { writeModel, type Model } from "@taskhead/autograd";
import { modelFolderFiles, type Preprocessing, type Tau } from "@taskhead/core";
import type { RunFolder } from "./run-folder.js";

/** What `taskhead predict` needs to know besides the model. */
export interface ModelCard {
  taskhead: string;
  labels: string[];
  /** What the graph does to a picture before the backbone sees it. */
  preprocessing: Preprocessing;
  tau: Tau;
  epoch: number;
  validationScore: number;
}

/** Writes OUT/model in the layout that transformers.js reads. */
export function writeModelFolder(folder: RunFolder, model: Model, card: ModelCard): Uint8Array {
  const bytes = writeModel(model);
  folder.write("model/onnx/model.onnx", bytes);
  const files = modelFolderFiles({ outputs: card.labels, objective: "classification" });
  for (const [name, content] of Object.entries(files)) folder.writeJson(`model/${name}`, content);
  folder.writeJson("model/taskhead.json", card);
  return bytes;
}
