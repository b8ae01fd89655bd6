import { ModelError, producers, type Model, type Node } from "@taskhead/autograd";
import { servedLabels } from "../backbone/served-labels.js";
import type { Preprocessing } from "../images/preprocessing.js";
import { servedInput } from "../images/served.js";

/**
 * A served model whose `logits` are of the pictures' size, [batch, k, height, width]: the resize that ends it goes there
 * instead of to the size that it was trained at. Of pictures of that size nothing changes.
 * @throws {ModelError} if its logits are not the result of a resize
 */
export function atPictureSize(model: Model): Model {
  const { graph } = model;
  const made = producers(graph.nodes);
  let resize = made.get("logits");
  while (resize?.opType === "Identity") resize = made.get(resize.inputs[0]!);
  if (resize?.opType !== "Resize")
    throw new ModelError("the model's logits are no map that was resized; export it again");
  const sizes: Node = {
    name: "logits/size",
    opType: "Shape",
    domain: "",
    inputs: [servedInput],
    outputs: ["logits.size"],
    attributes: { start: 2, end: 4 },
  };
  const own = { ...resize, inputs: [resize.inputs[0]!, "", "", "logits.size"] };
  const outputs = graph.outputs.map(({ name }) => ({ name }));
  const nodes = [sizes, ...graph.nodes.map((node) => (node === resize ? own : node))];
  return { ...model, graph: { ...graph, nodes, outputs } };
}

/**
 * The JSON files beside a served model, as transformers.js reads them for its pipeline of image segmentation: SegFormer stands
 * for any network that gives a map of classes. It takes one picture at a time, so that nothing is padded.
 */
export function segmentationFiles(
  outputs: readonly string[],
  preprocessing?: Preprocessing,
): Record<"config.json" | "preprocessor_config.json", Record<string, unknown>> {
  return {
    "config.json": {
      architectures: ["SegformerForSemanticSegmentation"],
      model_type: "segformer",
      ...servedLabels("segmentation", outputs),
    },
    "preprocessor_config.json": {
      image_processor_type: "SegformerImageProcessor",
      do_resize: false,
      do_rescale: false,
      do_normalize: false,
      do_convert_rgb: true,
      ...(preprocessing && { taskhead_preprocessing: preprocessing }),
    },
  };
}
