import { float32, loadModel, GraphBuilder, writeModel, type Model } from "@taskhead/autograd";
import * as ort from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { onlyInput, openBackbone } from "../backbone/backbone.js";
import { random } from "../data/random.js";
import { createEngine } from "../engine/create-engine.js";
import { exportModel } from "../finetune/export.js";
import { linearHead } from "../heads/index.js";
import { classification } from "../objectives/classification.js";
import { Layers } from "../../test/networks.js";
import { images } from "./modality.js";
import { plainPreprocessing, type Preprocessing } from "./preprocessing.js";
import { createResizer } from "./resize.js";
import { mark } from "./served-resize.js";
import { modelFolderFiles, servedModel } from "./served.js";

const engine = createEngine(ort);
const preprocessing: Preprocessing = {
  ...plainPreprocessing(10),
  resize: "shortest-edge",
  crop: { height: 8, width: 8 },
  mean: [0.5, 0.4, 0.3],
  std: [0.2, 0.3, 0.4],
};

/** A network as Hugging Face exports it, its input called `input`. */
function network(input: string): Uint8Array {
  const n = new Layers();
  const x = n.b.input(input, "float32", ["batch", 3, 8, 8]);
  return n.classify(n.unit("1", x, [3, 6]), 6);
}

/** Backbone and fresh head for three classes, exported: what serving starts from. */
function exported(bytes: Uint8Array): { model: Model; inputName: string } {
  const { mean, std, rescale } = preprocessing;
  const backbone = openBackbone(bytes, {
    modality: images({ pixels: { mean, std, rescale }, size: { height: 8, width: 8 } }),
  });
  const head = linearHead();
  const weights = head.initial(random(1), backbone.width, 3);
  return { model: exportModel(backbone, head, classification(3), weights), inputName: onlyInput(backbone).name };
}

/** RGB bytes [height, width, 3]. */
const picture = (height: number, width: number): Uint8Array =>
  Uint8Array.from({ length: 3 * height * width }, (_, i) => (i * 37 + (i >> 4) * 59) % 256);

async function serve(model: Model, height = 15, width = 23): Promise<number[]> {
  const session = await engine.session(writeModel(model));
  expect(session.inputNames).toEqual(["pixel_values"]);
  const rgb = picture(height, width);
  const pixels = Float32Array.from([0, 1, 2].flatMap((c) => [...rgb].filter((_, i) => i % 3 === c)));
  const outputs = await session.run({ pixel_values: engine.tensor("float32", pixels, [1, 3, height, width]) });
  return [...(outputs[session.outputNames[0]!]!.data as Float32Array)];
}

/** What the model says of the picture resized beforehand, as in training. */
async function trained(model: Model, inputName: string, height = 15, width = 23): Promise<number[]> {
  const resize = await createResizer(engine, preprocessing);
  const small = await resize(picture(height, width), width, height);
  const session = await engine.session(writeModel(model));
  const { dtype } = model.graph.inputs.find((v) => v.name === inputName)!.type!;
  const tensor =
    dtype === "uint8"
      ? engine.tensor("uint8", small, [1, 3, 8, 8])
      : engine.tensor("float32", Float32Array.from(small), [1, 3, 8, 8]);
  const outputs = await session.run({ [inputName]: tensor });
  return [...(outputs[session.outputNames[0]!]!.data as Float32Array)];
}

describe("a served model", () => {
  it.each(["image", "pixel_values", "resize/size", "resize/resized"])(
    "takes pictures of any size, where the network's own input is called %s",
    async (input) => {
      const { model, inputName } = exported(network(input));
      const served = servedModel(model, inputName, preprocessing);
      for (const [height, width] of [
        [15, 23],
        [8, 8],
        [40, 9],
      ] as const)
        expect(await serve(served, height, width)).toEqual(await trained(model, inputName, height, width));
    },
  );

  it("takes pictures of different sizes, marked and padded, and numbers that are no bytes as they are", async () => {
    const { model, inputName } = exported(network("image"));
    const served = servedModel(model, inputName, preprocessing);
    const session = await engine.session(writeModel(served));
    const sizes = [
      [15, 23],
      [8, 8],
      [40, 9],
      [40, 23],
    ] as const;
    const planes = (height: number, width: number, add: number): Float32Array => {
      const rgb = picture(height, width);
      const padded = new Float32Array(3 * 40 * 23);
      for (let y = 0; y < height; y++)
        for (let x = 0; x < width; x++)
          for (let c = 0; c < 3; c++) padded[(c * 40 + y) * 23 + x] = rgb[3 * (y * width + x) + c]! + add;
      return padded;
    };
    const run = async (pictures: Float32Array[]): Promise<number[]> => {
      const data = Float32Array.from(pictures.flatMap((p) => [...p]));
      const { logits } = await session.run({
        pixel_values: engine.tensor("float32", data, [pictures.length, 3, 40, 23]),
      });
      return [...(logits!.data as Float32Array)];
    };
    const together = await run(sizes.map(([height, width]) => planes(height, width, mark)));
    const alone: number[] = [];
    for (const [height, width] of sizes) alone.push(...(await trained(model, inputName, height, width)));
    together.forEach((logit, i) => expect(logit).toBeCloseTo(alone[i]!, 5));
    // Black borders are no margin, and fractions no marks.
    const framed = planes(30, 20, 0);
    const averaged = framed.map((v, i) => (v < 255 ? v + ((i % 4) / 4) * (i % 3) * 0.5 : v));
    expect(await run([framed])).toEqual(await run([averaged]));
  });

  it("can be served again: the names of the first resizing make room for those of the second", async () => {
    const { model, inputName } = exported(network("image"));
    const once = servedModel(model, inputName, preprocessing);
    const twice = servedModel(once, "pixel_values", plainPreprocessing({ height: 15, width: 23 }));
    // A picture of the size that the second resizes to is left as it is.
    expect(await serve(twice)).toEqual(await serve(once));
  });

  it("takes bytes as floats where the model does", async () => {
    const model = loadModel(network("pixel_values"));
    expect(await serve(servedModel(model, "pixel_values", preprocessing))).toEqual(
      await trained(model, "pixel_values"),
    );
  });

  it("makes room in subgraphs too", async () => {
    const b = new GraphBuilder("test");
    const x = b.input("pixel_values", "float32", ["batch", 3, 8, 8]);
    const branch = (name: string, factor: number): Model["graph"] => ({
      name,
      inputs: [],
      outputs: [{ name: "resize/scaled" }],
      nodes: [
        { name: "scale", opType: "Mul", domain: "", inputs: [x, "f"], outputs: ["resize/scaled"], attributes: {} },
      ],
      initializers: new Map([["f", float32([factor], [])]]),
    });
    b.setOutputs({ mean: b.op("ReduceMean", [x], { keepdims: 0 }) });
    const { graph, ...rest } = b.model();
    const model: Model = {
      ...rest,
      graph: {
        ...graph,
        outputs: [{ name: "y", type: { dtype: "float32", shape: ["batch", 3, 8, 8] } }],
        nodes: [
          ...graph.nodes,
          { name: "", opType: "Greater", domain: "", inputs: ["mean", "zero"], outputs: ["more"], attributes: {} },
          {
            name: "",
            opType: "If",
            domain: "",
            inputs: ["more"],
            outputs: ["y"],
            attributes: { then_branch: branch("then", 2), else_branch: branch("else", 3) },
          },
        ],
        initializers: new Map([...graph.initializers, ["zero", float32([0], [])]]),
      },
    };
    expect(await serve(servedModel(model, "pixel_values", preprocessing))).toEqual(
      await trained(model, "pixel_values"),
    );
  });

  it("says which inputs there are where one is asked for that is not", () => {
    const { model } = exported(network("image"));
    expect(() => servedModel(model, "image", preprocessing)).toThrow("the model has no input 'image'; it has 'pixels'");
  });

  it("refuses an operator set whose Resize cannot do it", () => {
    const model = { ...loadModel(network("image")), opsets: new Map([["", 13]]) };
    expect(() => servedModel(model, "image", preprocessing)).toThrow("operator set 13");
  });
});

describe("the files beside a served model", () => {
  it("name the outputs and the kind of task", () => {
    const files = modelFolderFiles({ outputs: ["cat", "dog"], objective: "classification" });
    expect(files["config.json"]).toMatchObject({
      num_labels: 2,
      id2label: { 0: "cat", 1: "dog" },
      label2id: { cat: 0, dog: 1 },
      problem_type: "single_label_classification",
    });
    expect(files["preprocessor_config.json"]).toMatchObject({ do_resize: false, do_normalize: false });
  });

  it.each([
    ["multi-label", "multi_label_classification"],
    ["regression", "regression"],
  ] as const)("say of %s that it is %s", (objective, problem) => {
    expect(modelFolderFiles({ outputs: ["a"], objective })["config.json"]["problem_type"]).toBe(problem);
  });
});
