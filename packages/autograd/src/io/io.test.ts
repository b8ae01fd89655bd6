import { create, toBinary, type MessageInitShape } from "@bufbuild/protobuf";
import { expect, it } from "vitest";
import { run } from "../../test/gradient-check.js";
import { modelFrom, node } from "../../test/models.js";
import { ModelError } from "../graph/errors.js";
import {
  AttributeProto_AttributeType as Kind,
  ModelProtoSchema,
  type NodeProtoSchema,
  type TensorProtoSchema,
  TensorProto_DataLocation,
  TensorProto_DataType as Proto,
} from "../gen/onnx_pb.js";
import { Float, Floats } from "../graph/model.js";
import { float32, int64 } from "../graph/tensor.js";
import { trainableParameters } from "../parameters/trainable.js";
import { loadModel } from "./load.js";
import { writeModel, writeWithWeightsBeside } from "./write.js";

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

it("leaves larger weights beside the model, in their own memory", () => {
  const weights = Float32Array.from({ length: 2048 }, (_, i) => i).subarray(1, 1026);
  const large = modelFrom({
    inputs: { x: ["batch", 5] },
    initializers: { w: float32(weights, [5, 205]), k: int64([0, -1]) },
    nodes: [node("MatMul", "x w", "h"), node("Reshape", "h k", "y")],
    outputs: ["y"],
  });
  const { bytes, beside } = writeWithWeightsBeside(large);
  expect(beside.map(({ data }) => [data.buffer === weights.buffer, data.byteOffset, data.length])).toEqual([
    [true, 4, 4100],
  ]);
  expect(bytes.length).toBeLessThan(400);
  const external = (path: string) => beside.find((file) => file.path === path)!.data;
  expect(loadModel(bytes, { external })).toEqual(large);
});

it("writes nodes that share a name so that the runtime takes them", async () => {
  const nodes = [node("Relu", "x", "h"), node("Neg", "h", "y")].map((one) => ({ ...one, name: "same" }));
  const twins = modelFrom({ inputs: { x: [2] }, nodes, outputs: ["y"] });
  const { y } = await run(twins, { x: { data: Float32Array.of(-1, 2), shape: [2] } });
  expect([...y!]).toEqual([-0, -2]);
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

const range = (_path: string, offset: number, length: number) => file.subarray(offset, offset + length);

it("reads weights kept in another file, only the bytes it needs", () => {
  const asked: unknown[] = [];
  const { graph } = loadModel(external("weights/model.bin"), {
    external: (...given) => (asked.push(given), range(...given)),
  });
  expect(graph.initializers.get("w")).toEqual(float32([1.5, -2]));
  expect(asked).toEqual([["weights/model.bin", 4, 8]]);
});

it("refuses a path that leads out of the model's folder", () => {
  for (const path of ["../secret", "a/../../secret", "/etc/passwd", "C:\\secret", "..\\secret", "w\0", ""])
    expect(() => loadModel(external(path), { external: range })).toThrow(/outside the model's folder/);
});

it("checks offsets and lengths in another file against the weight's shape", () => {
  expect(() => loadModel(external("w.bin", "8"), { external: range })).toThrow(/beyond the end of 'w.bin'/);
  expect(() => loadModel(external("w.bin"), { external: () => file })).toThrow(/gave 12 bytes of 'w.bin' where 8/);
  for (const [offset, length] of [
    ["-4", "8"],
    ["1e99", "8"],
    ["zero", "8"],
    ["0", "12"],
  ])
    expect(() => loadModel(external("w.bin", offset, length), { external: range })).toThrow(/its shape wants 8/);
});

it("says which file is missing", () => {
  expect(() => loadModel(external("w.bin"))).toThrow(/'w' keeps its data in 'w.bin'; load the model with that file/);
  const missing = () => {
    throw new Error("no such file");
  };
  expect(() => loadModel(external("w.bin"), { external: missing })).toThrow(
    /'w.bin', which cannot be read: no such file; put that file/,
  );
});

it("takes weights in Constant nodes for initializers, so that they can be trained", () => {
  const constant = modelFrom({
    inputs: { x: ["batch", 2] },
    nodes: [
      node("Constant", "", "w", { value: float32([1, 2, 3, 4], [2, 2]) }),
      node("Constant", "", "s", { value_float: new Float(2) }),
      node("MatMul", "x w", "h"),
      node("Mul", "h s", "y"),
    ],
    outputs: ["y"],
  });
  const { graph } = loadModel(writeModel(constant));
  expect(graph.nodes.map((n) => n.opType)).toEqual(["MatMul", "Mul"]);
  expect(graph.initializers.get("w")).toEqual(float32([1, 2, 3, 4], [2, 2]));
  expect(trainableParameters({ ...constant, graph })).toEqual(["w"]);
});

it("brings nodes into an order that runs", () => {
  const shuffled = { ...model, graph: { ...model.graph, nodes: model.graph.nodes.toReversed() } };
  expect(loadModel(writeModel(shuffled))).toEqual(model);
});

it("orders graphs that are deeper than the call stack, or wider", () => {
  const chain = Array.from({ length: 20_000 }, (_, i) => node("Relu", i === 0 ? "x" : `v${i}`, `v${i + 1}`));
  const wide = node("Sum", chain.map((n) => n.outputs[0]).join(" "), "y");
  const deep = modelFrom({ inputs: { x: [1] }, nodes: [wide, ...chain.toReversed()], outputs: ["y"] });
  const order = loadModel(writeModel(deep)).graph.nodes.map((n) => n.outputs[0]);
  expect(order.join()).toBe([...chain, wide].map((n) => n.outputs[0]).join());
});

it.each([
  ["a cycle", [node("Add", "x b", "a"), node("Relu", "a", "b")], /Add 'node\/a' depends on its own output, a cycle/],
  [
    "a value that nothing produces",
    [node("Relu", "ghost", "b")],
    /Relu 'node\/b': input 'ghost' is produced by nothing/,
  ],
  ["an output that nothing produces", [node("Relu", "x", "a")], /output 'b' is produced by nothing/],
  [
    "a name given twice",
    [node("Relu", "x", "b"), node("Abs", "x", "b")],
    /Abs 'b': its output 'b' is that of Relu 'node\/b' too/,
  ],
  ["a weight's name given to a value", [node("Relu", "x", "w")], /its output 'w' is an input or a weight too/],
])("refuses %s in one line", (_, nodes, message) => {
  const broken = modelFrom({ inputs: { x: [2] }, initializers: { w: float32([1, 2]) }, nodes, outputs: ["b"] });
  expect(() => loadModel(writeModel(broken))).toThrow(ModelError);
  expect(() => loadModel(writeModel(broken))).toThrow(message);
});

const withWeight = (weight: MessageInitShape<typeof TensorProtoSchema>) =>
  bytesOf({ node: [{ opType: "Relu", input: ["w"], output: ["y"] }], initializer: [{ name: "w", ...weight }] });

it.each([
  ["too few bytes", { dims: [2n], dataType: Proto.FLOAT, rawData: new Uint8Array(7) }, /holds 7 bytes where .* 8/],
  ["too few elements", { dims: [2n], dataType: Proto.INT64, int64Data: [1n] }, /has 1 elements where .* 2/],
  ["no elements", { dims: [2n ** 40n], dataType: Proto.FLOAT }, /has 0 elements/],
  ["a negative size", { dims: [-1n, -2n], dataType: Proto.FLOAT, floatData: [1, 2] }, /impossible shape \[-1, -2\]/],
  ["a size beyond all bounds", { dims: [2n ** 40n, 2n ** 40n], dataType: Proto.FLOAT }, /impossible shape/],
  [
    "four-bit numbers",
    { dims: [2n], dataType: Proto.INT4, rawData: new Uint8Array(1) },
    /quantised; use the unquantised/,
  ],
  ["text", { dims: [1n], dataType: Proto.STRING, stringData: [new Uint8Array(1)] }, /type STRING, which is not/],
])("refuses a weight with %s", (_, weight, message) => {
  expect(() => loadModel(withWeight(weight))).toThrow(ModelError);
  expect(() => loadModel(withWeight(weight))).toThrow(message);
});

it("refuses two inputs, or two outputs, of one name", () => {
  const nodes = [{ opType: "Add", input: ["x", "x"], output: ["y"] }];
  const [x, y] = [tensorInfo("x", Proto.FLOAT), tensorInfo("y", Proto.FLOAT)];
  expect(() => loadModel(bytesOf({ node: nodes, input: [x, x], output: [y] }))).toThrow(
    /two inputs or weights are called 'x'/,
  );
  expect(() => loadModel(bytesOf({ node: nodes, input: [x], output: [y, y] }))).toThrow(/two outputs are called 'y'/);
});

it("refuses two weights of one name, and sparse ones", () => {
  const w = { name: "w", dims: [1n], dataType: Proto.FLOAT, floatData: [1] };
  const nodes = [{ opType: "Relu", input: ["w"], output: ["y"] }];
  expect(() => loadModel(bytesOf({ node: nodes, initializer: [w, w] }))).toThrow(/two weights .* called 'w'/);
  expect(() => loadModel(bytesOf({ node: nodes, sparseInitializer: [{ values: w }] }))).toThrow(
    /'w' is stored sparsely/,
  );
});

it("refuses a value that is given twice, whatever gives it", () => {
  const [x, y] = [tensorInfo("x", Proto.FLOAT), tensorInfo("y", Proto.FLOAT)];
  const w = { name: "w", dims: [1n], dataType: Proto.FLOAT, floatData: [1] };
  const relu = (output: string) => ({ name: `relu/${output}`, opType: "Relu", input: ["x"], output: [output] });
  const constant = (output: string) => ({
    opType: "Constant",
    output: [output],
    attribute: [{ name: "value_float", type: Kind.FLOAT, f: 1 }],
  });
  const load = (node: MessageInitShape<typeof NodeProtoSchema>[]) => () =>
    loadModel(bytesOf({ node: [relu("y"), ...node], input: [x], output: [y], initializer: [w] }));
  expect(load([])).not.toThrow();
  expect(load([relu("y")])).toThrow(/Relu 'relu\/y': its output 'y' is that of Relu 'relu\/y' too/);
  expect(load([relu("x")])).toThrow(/its output 'x' is an input or a weight too/);
  expect(load([relu("w")])).toThrow(/its output 'w' is an input or a weight too/);
  expect(load([constant("x")])).toThrow(/two inputs or weights are called 'x'/);
  expect(load([constant("w")])).toThrow(/two weights or constants are called 'w'/);
  expect(load([constant("y")])).toThrow(/its output 'y' is an input or a weight too/);
});

it("refuses what no ONNX file can hold: more than 2 GiB", () => {
  const large = new Uint8Array(2 ** 31); // not touched, so never really allocated
  expect(() => loadModel(large)).toThrow(/larger than 2 GiB/);
  const weights = new Map([["w", { dtype: "uint8" as const, shape: [2 ** 31], data: large }]]);
  expect(() => writeModel({ ...model, graph: { ...model.graph, initializers: weights } })).toThrow(/2\.0 GiB/);
});

it("refuses functions that call one another without end, or nearly so", () => {
  const calls = (name: string, callee: string) => ({
    domain: "local",
    name,
    input: ["a"],
    output: ["c"],
    node: [
      { domain: "local", opType: callee, input: ["a"], output: ["b"] },
      { domain: "local", opType: callee, input: ["b"], output: ["c"] },
    ],
  });
  const main = { node: [{ domain: "local", opType: "F0", input: ["x"], output: ["y"] }], output: [{ name: "y" }] };
  const doubling = Array.from({ length: 40 }, (_, i) => calls(`F${i}`, `F${i + 1}`));
  expect(() => loadModel(bytesOf(main, [calls("F0", "F0")]))).toThrow(/'F0' calls itself/);
  expect(() => loadModel(bytesOf(main, doubling))).toThrow(/more than 20,000 calls of functions/);
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
