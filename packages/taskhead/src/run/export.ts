import { writeModel, type Model } from "@taskhead/autograd";
import { exportModel, type Backbone, type Head, type Tau, type Weights } from "@taskhead/core";
import { resizeNodes, type Preprocessing } from "../images/index.js";
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

/**
 * The fine-tuned model as servers get it: `pixel_values` float32 [batch, 3, height, width], RGB 0..255 of any size, →
 * `logits` [batch, k]. Resizing, rounding to bytes and normalising happen inside, exactly as in training.
 */
export function servedModel(
  backbone: Backbone,
  head: Head,
  classes: number,
  weights: Weights,
  preprocessing: Preprocessing,
): Model {
  const model = exportModel(backbone, head, classes, weights);
  const resize = resizeNodes(preprocessing, "pixel_values", backbone.inputName, { from: "float32" });
  return {
    ...model,
    graph: {
      ...model.graph,
      name: "taskhead",
      inputs: [{ name: "pixel_values", type: { dtype: "float32", shape: ["batch", 3, "height", "width"] } }],
      nodes: [...resize.nodes, ...model.graph.nodes],
      initializers: new Map([...resize.initializers, ...model.graph.initializers]),
    },
  };
}

/** Writes OUT/model in the layout that transformers.js reads. */
export function writeModelFolder(folder: RunFolder, model: Model, card: ModelCard): Uint8Array {
  const bytes = writeModel(model);
  const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
  folder.write("model/onnx/model.onnx", bytes);
  folder.write("model/config.json", json(modelConfig(card.labels)));
  folder.write("model/preprocessor_config.json", json(preprocessorConfig));
  folder.write("model/taskhead.json", json(card));
  return bytes;
}

/** `resnet` stands for any image classifier: transformers.js knows models by name, and this graph needs nothing special. */
function modelConfig(labels: readonly string[]) {
  return {
    architectures: ["ResNetForImageClassification"],
    model_type: "resnet",
    num_labels: labels.length,
    id2label: Object.fromEntries(labels.map((label, i) => [String(i), label])),
    label2id: Object.fromEntries(labels.map((label, i) => [label, i])),
    "transformers.js_config": { dtype: "fp32" },
  };
}

/** The graph does everything itself: it wants the picture's bytes as they are. */
const preprocessorConfig = {
  image_processor_type: "ViTImageProcessor",
  do_resize: false,
  do_center_crop: false,
  do_rescale: false,
  do_normalize: false,
  do_convert_rgb: true,
};
