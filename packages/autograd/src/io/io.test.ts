import { create, toBinary, type MessageInitShape } from "@bufbuild/protobuf";
import { expect, it } from "vitest";
import { run } from "../../test/gradient-check.js";
import { modelFrom, node } from "../../test/models.js";
import { ModelError } from "../errors.js";
import {
  AttributeProto_AttributeType as Kind,
  ModelProtoSchema,
  TensorProto_DataLocation,
  TensorProto_DataType as Proto,
} from "../gen/onnx_pb.js";
import { Float, Floats } from "../graph/model.js";
import { float32, int64 } from "../graph/tensor.js";
import { loadModel } from "./load.js";
import { writeModel } from "./write.js";

const model = modelFrom({
  inputs: { x: ["batch", 2] },
  initializers: { w: float32([1, 2, 3, 4], [2, 2]), k: int64([7, -1]) },
  nodes: [
    node("MatMul", "x w", "h"),
    node("LeakyRelu", "h", "y", { alpha: new Float(0.25), list: [1, 2], names: ["a", "b"], reals: new Floats([0.5]) }),
  ],
  outputs: ["y"],
});

it("reads back what it wrote", () => {
  expect(loadModel(writeModel(model))).toEqual(model);
});

it("refuses truncated bytes, and bytes that are no model, with a ModelError", () => {
  const bytes = writeModel(model);
  for (const part of [
    bytes.subarray(0, bytes.length - 5),
    bytes.subarray(0, 40),
    new Uint8Array(),
    new TextEncoder().encode("not a model"),
  ])
    expect(() => loadModel(part)).toThrow(ModelError);
});

const tensorInfo = (name: string, elemType: Proto) => ({
  name,
  type: {
    value: {
      case: "tensorType" as const,
      value: { elemType, shape: { dim: [{ value: { case: "dimValue" as const, value: 2n } }] } },
    },
  },
});

function bytesOf(
  graph: MessageInitShape<typeof ModelProtoSchema>["graph"],
  functions: MessageInitShape<typeof ModelProtoSchema>["functions"] = [],
) {
  return toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, { irVersion: 8n, opsetImport: [{ domain: "", version: 18n }], graph, functions }),
  );
}

it("reads float16 and bfloat16 weights as float32", () => {
  const { graph } = loadModel(
    bytesOf({
      node: [{ opType: "Add", input: ["x", "half"], output: ["y"] }],
      input: [tensorInfo("x", Proto.FLOAT16)],
      initializer: [
        { name: "half", dims: [2n], dataType: Proto.FLOAT16, rawData: new Uint8Array([0x00, 0x3e, 0x00, 0xc0]) },
        { name: "brain", dims: [2n], dataType: Proto.BFLOAT16, int32Data: [0x3fc0, 0xc000] },
      ],
    }),
  );
  expect(graph.initializers.get("half")).toEqual(float32([1.5, -2]));
  expect(graph.initializers.get("brain")).toEqual(float32([1.5, -2]));
  expect(graph.inputs[0]!.type!.dtype).toBe("float32");
});

const external = (location: string, offset = "4", length = "8") =>
  bytesOf({
    node: [{ opType: "Relu", input: ["w"], output: ["y"] }],
    initializer: [
      {
        name: "w",
        dims: [2n],
        dataType: Proto.FLOAT,
        dataLocation: TensorProto_DataLocation.EXTERNAL,
        externalData: [
          { key: "location", value: location },
          { key: "offset", value: offset },
          { key: "length", value: length },
        ],
      },
    ],
  });
const file = new Uint8Array(Float32Array.of(9, 1.5, -2).buffer);

it("reads weights kept in another file", () => {
  const asked: string[] = [];
  const { graph } = loadModel(external("weights/model.bin"), { external: (path) => (asked.push(path), file) });
  expect(graph.initializers.get("w")).toEqual(float32([1.5, -2]));
  expect(asked).toEqual(["weights/model.bin"]);
});

it("refuses a path that leads out of the model's folder, and data beyond the file's end", () => {
  for (const path of ["../secret", "a/../../secret", "/etc/passwd", "C:\\secret", "..\\secret", ""])
    expect(() => loadModel(external(path), { external: () => file })).toThrow(/outside the model's folder/);
  expect(() => loadModel(external("w.bin", "8"), { external: () => file })).toThrow(/beyond the end of 'w.bin'/);
  expect(() => loadModel(external("w.bin"))).toThrow(/keeps its data in 'w.bin'/);
});

it("inlines local functions, with their attributes and calls of one another", async () => {
  const bytes = bytesOf(
    {
      node: [
        {
          name: "first",
          domain: "local",
          opType: "Twice",
          input: ["x"],
          output: ["h"],
          attribute: [{ name: "slope", type: Kind.FLOAT, f: 0.5 }],
        },
        { name: "second", domain: "local", opType: "Leaky", input: ["h"], output: ["y"] },
      ],
      input: [tensorInfo("x", Proto.FLOAT)],
      output: [tensorInfo("y", Proto.FLOAT)],
    },
    [
      {
        domain: "local",
        name: "Leaky",
        input: ["a"],
        output: ["b"],
        attributeProto: [{ name: "slope", type: Kind.FLOAT, f: 0.1 }],
        opsetImport: [{ domain: "", version: 18n }],
        node: [
          {
            opType: "LeakyRelu",
            input: ["a"],
            output: ["b"],
            attribute: [{ name: "alpha", type: Kind.FLOAT, refAttrName: "slope" }],
          },
        ],
      },
      {
        domain: "local",
        name: "Twice",
        input: ["a"],
        output: ["c"],
        attribute: ["slope"],
        opsetImport: [
          { domain: "", version: 18n },
          { domain: "local", version: 1n },
        ],
        node: [
          {
            domain: "local",
            opType: "Leaky",
            input: ["a"],
            output: ["b"],
            attribute: [{ name: "slope", type: Kind.FLOAT, refAttrName: "slope" }],
          },
          { opType: "Add", input: ["b", "b"], output: ["c"] },
        ],
      },
    ],
  );
  const inlined = loadModel(bytes);
  expect(inlined.graph.nodes.map((n) => n.opType)).toEqual(["LeakyRelu", "Add", "LeakyRelu"]);
  const { y } = await run(inlined, { x: { data: Float32Array.of(3, -4), shape: [2] } });
  expect(y![0]).toBeCloseTo(6);
  expect(y![1]).toBeCloseTo(-0.4);
});
