import { float32, int64, writeModel, type Model, type Node, type Tensor } from "@taskhead/autograd";
import { exportModel, linearHead, type Backbone, type Weights } from "@taskhead/core";
import type { RunFolder } from "./run-folder.js";

/** What `taskhead predict` needs to know besides the model. */
export interface ModelCard {
  taskhead: string;
  labels: string[];
  /** Side of the square that the graph resizes to, in pixels. */
  size: number;
  tau: number;
  epoch: number;
  validationAccuracy: number;
}

/**
 * The fine-tuned model as servers get it: `pixel_values` float32 [batch, 3, height, width], RGB 0..255 of any size, →
 * `logits` [batch, k]. Resizing, rounding to bytes and normalising happen inside, exactly as in training.
 */
export function servedModel(backbone: Backbone, classes: number, weights: Weights, size: number): Model {
  return withResize(exportModel(backbone, linearHead(), classes, weights), size);
}

/** Puts the resize in front of a model that takes `pixels`, bytes of one size. */
function withResize(model: Model, size: number): Model {
  const node = (opType: string, inputs: string[], output: string, attributes: Node["attributes"] = {}): Node => ({
    ...{ name: `resize/${opType}${output}`, opType, domain: "", inputs, outputs: [output], attributes },
  });
  const uint8 = 2; // TensorProto.UINT8
  const nodes: Node[] = [
    // Pillow's bilinear filter, antialiased; bytes in between as in training.
    node("Shape", ["pixel_values"], "resize.batch", { start: 0, end: 2 }),
    node("Concat", ["resize.batch", "resize.side"], "resize.sizes", { axis: 0 }),
    node("Resize", ["pixel_values", "", "", "resize.sizes"], "resize.exact", {
      mode: "linear",
      coordinate_transformation_mode: "half_pixel",
      antialias: 1,
    }),
    node("Add", ["resize.exact", "resize.half"], "resize.shifted"),
    node("Floor", ["resize.shifted"], "resize.rounded"),
    node("Clip", ["resize.rounded", "resize.lowest", "resize.highest"], "resize.clipped"),
    node("Cast", ["resize.clipped"], "pixels", { to: uint8 }),
  ];
  const constants: [string, Tensor][] = [
    ["resize.side", int64([size, size])],
    ["resize.half", float32([0.5], [])],
    ["resize.lowest", float32([0], [])],
    ["resize.highest", float32([255], [])],
  ];
  return {
    ...model,
    graph: {
      ...model.graph,
      name: "taskhead",
      inputs: [{ name: "pixel_values", type: { dtype: "float32", shape: ["batch", 3, "height", "width"] } }],
      nodes: [...nodes, ...model.graph.nodes],
      initializers: new Map([...constants, ...model.graph.initializers]),
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
