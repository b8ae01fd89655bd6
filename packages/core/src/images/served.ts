import { ModelError, protoOf, renameGraph, type Graph, type Model, type Node } from "@taskhead/autograd";
import { servedLabels } from "../backbone/served-labels.js";
import type { ObjectiveName } from "../objectives/objective.js";
import type { Preprocessing } from "./preprocessing.js";
import { mark, servedResize } from "./served-resize.js";

/** What servers feed, by the name that Hugging Face's image models have for it. */
export const servedInput = "pixel_values";

/**
 * A model of images of one size as servers get it: `pixel_values` float32 [batch, 3, height, width], RGB 0..255 of any
 * size, or padded ones (`servedResize`), → what the model gives. Resizing and rounding to bytes happen inside, exactly as in
 * training; normalising is the model's own. A value of the model that is called `pixel_values`, or as one of the resizing,
 * gets another name.
 * @param inputName the input that takes the resized images, uint8 or float32 [batch, 3, outputSize.height,
 *   outputSize.width]; other inputs stay
 * @throws {ModelError} if the model has no such input, or an operator set before 18, whose Resize cannot do it
 */
export function servedModel(model: Model, inputName: string, preprocessing: Preprocessing): Model {
  if ((model.opsets.get("") ?? 0) < 18)
    throw new ModelError(
      `the model has operator set ${model.opsets.get("")}, but resizing needs 18 or later; upgrade it with buildOn`,
    );
  const { graph, now } = makeRoom(model.graph, namesIn(preprocessing));
  const input = graph.inputs.find((v) => v.name === now(inputName));
  if (!input)
    throw new ModelError(
      `the model has no input '${inputName}'; it has ${model.graph.inputs.map((v) => `'${v.name}'`).join(", ")}`,
    );
  const floats = input.type?.dtype === "float32";
  const resize = servedResize(preprocessing, servedInput, floats ? small : input.name);
  return {
    ...model,
    graph: {
      ...graph,
      name: "taskhead",
      inputs: [
        { name: servedInput, type: { dtype: "float32", shape: ["batch", 3, "height", "width"] } },
        ...graph.inputs.filter((v) => v !== input),
      ],
      nodes: [...resize.nodes, ...(floats ? [toFloats(input.name)] : []), ...graph.nodes],
      initializers: new Map([...resize.initializers, ...graph.initializers]),
    },
  };
}

/** The resized bytes, where the model wants them as floats. */
const small = "resize/small";

function toFloats(output: string): Node {
  const attributes = { to: protoOf("float32") };
  return { name: "resize/to-floats", opType: "Cast", domain: "", inputs: [small], outputs: [output], attributes };
}

/** All names that resizing brings with it. */
function namesIn(preprocessing: Preprocessing): Set<string> {
  const { nodes, initializers } = servedResize(preprocessing, servedInput, small);
  const bodies = nodes.flatMap(({ attributes }) => ("body" in attributes ? [attributes["body"] as Graph] : []));
  return new Set([
    servedInput,
    "resize/to-floats",
    ...[...bodies, { inputs: [], nodes, initializers }].flatMap((graph) => [
      ...graph.inputs.map((v) => v.name),
      ...graph.initializers.keys(),
      ...graph.nodes.flatMap((node) => [node.name, ...node.outputs]),
    ]),
  ]);
}

/** Gives what is called by one of the names another one. */
function makeRoom(graph: Graph, names: ReadonlySet<string>): { graph: Graph; now: (name: string) => string } {
  const taken = new Set(names);
  // Every value's name is met in renaming, those in subgraphs too.
  renameGraph(graph, (name) => (taken.add(name), name));
  const renamed = new Map<string, string>();
  for (const name of names) {
    let free = `own.${name}`;
    while (taken.has(free)) free = `own.${free}`;
    taken.add(free);
    renamed.set(name, free);
  }
  const now = (name: string): string => renamed.get(name) ?? name;
  const roomy = renameGraph(graph, now);
  return { graph: { ...roomy, nodes: roomy.nodes.map((n) => ({ ...n, name: now(n.name) })) }, now };
}

/**
 * The JSON files beside a served model, in the layout of the Hugging Face hub that transformers.js reads.
 * @param about.outputs what each logit stands for
 * @param about.preprocessing what the graph does with a picture, which is noted for people to read; with it, pictures of
 *   different sizes can be given in one list
 * @returns content by file name
 */
export function modelFolderFiles({
  outputs,
  objective,
  preprocessing,
}: {
  outputs: readonly string[];
  objective: ObjectiveName;
  preprocessing?: Preprocessing;
}): Record<"config.json" | "preprocessor_config.json", Record<string, unknown>> {
  return {
    "config.json": {
      // ResNet stands for any network of images: transformers.js knows models by name, this graph needs nothing special.
      architectures: ["ResNetForImageClassification"],
      model_type: "resnet",
      ...servedLabels(objective, outputs),
    },
    // The graph does everything itself: it wants the picture's bytes as they are. Each step is off; what it does is noted.
    "preprocessor_config.json": {
      image_processor_type: "ViTImageProcessor",
      do_resize: false,
      do_center_crop: false,
      do_rescale: false,
      do_normalize: false,
      do_convert_rgb: true,
      ...(preprocessing && paddedTo(paddedSide(preprocessing))),
      ...(preprocessing && { taskhead_preprocessing: preprocessing }),
    },
  };
}

/**
 * Pictures are marked and padded to one size, so that those of a list can be stacked; larger ones are first made as small,
 * in their own proportions. By Lanczos: what transformers.js calls bilinear skips pixels where it makes smaller.
 */
function paddedTo(side: number): Record<string, unknown> {
  const square = { height: side, width: side };
  return {
    do_thumbnail: true,
    size: square,
    resample: 1,
    do_normalize: true,
    image_mean: [-mark, -mark, -mark],
    image_std: [1, 1, 1],
    do_pad: true,
    pad_size: square,
  };
}

/**
 * In pixels. Up to it pictures are resized exactly as in training. Four times what the network gets keeps what two
 * resizings in a row lose below a grey level; a list of 1024² pictures takes 12 MB for each.
 */
function paddedSide(preprocessing: Preprocessing): number {
  const { height, width } = preprocessing.size;
  const side = Math.max(height, width);
  return Math.max(2 * side, Math.min(Math.max(4 * side, 256), 1024));
}
