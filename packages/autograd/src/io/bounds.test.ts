import { create, toBinary, type MessageInitShape } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { modelFrom, node } from "../../test/models.js";
import {
  GraphProtoSchema,
  ModelProtoSchema,
  TensorProto_DataLocation as Location,
  TensorProto_DataType as Proto,
} from "../gen/onnx_pb.js";
import { addDims, multiplyDims } from "../graph/dims.js";
import { OutsizeError } from "../graph/errors.js";
import { float32, int64, type Dim } from "../graph/tensor.js";
import { buildOn } from "../lower/build-on.js";
import { bounds } from "./bounds.js";
import { loadModel } from "./load.js";

type GraphInit = MessageInitShape<typeof GraphProtoSchema>;

function bytesOf(graph: GraphInit): Uint8Array {
  return toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, { irVersion: 8n, opsetImport: [{ version: 18n }], graph }),
  );
}

const out = { output: [{ name: "y" }] };

/** A field of a protobuf with a length before its content. */
function field(number: number, content: Uint8Array): Uint8Array {
  const head = [(number << 3) | 2];
  let { length } = content;
  for (; length > 127; length = Math.floor(length / 128)) head.push((length % 128) | 128);
  const whole = new Uint8Array(head.length + 1 + content.length);
  whole.set([...head, length]);
  whole.set(content, head.length + 1);
  return whole;
}

/** Written by hand: to make the messages would take the memory that reading them is not to take. */
const manyInts = field(7, field(1, field(5, field(8, new Uint8Array(bounds.integers + 1)))));
const emptyNodes = field(
  7,
  new Uint8Array(2 * (bounds.nodes + 1)).fill(0).map((_, i) => (i % 2 === 0 ? 10 : 0)),
);

function nested(depth: number): GraphInit {
  if (depth === 0) return out;
  return { ...out, node: [{ opType: "If", attribute: [{ name: "then_branch", type: 5, g: nested(depth - 1) }] }] };
}

const relu = { opType: "Relu", input: ["x"], output: ["y"] };

test.each<[string, Uint8Array, RegExp]>([
  ["empty nodes", emptyNodes, /more than 65,536 nodes/],
  ["nested subgraphs", bytesOf(nested(20)), /lie too deep in one another/],
  ["a long name", bytesOf({ ...out, node: [{ ...relu, name: "n".repeat(5000) }] }), /4,096 letters in a name/],
  [
    "a node of many inputs",
    bytesOf({ ...out, node: [{ opType: "Sum", input: Array.from({ length: 40_000 }, () => "x"), output: ["y"] }] }),
    /more than 32,768 inputs or outputs at one node/,
  ],
  ["a huge list of numbers", manyInts, /64-bit numbers outside of raw data/],
  [
    "a tensor of many axes",
    bytesOf({
      ...out,
      node: [relu],
      initializer: [{ name: "w", dims: Array(65).fill(1n) as bigint[], dataType: Proto.FLOAT, floatData: [1] }],
    }),
    /64 axes at tensor 'w'/,
  ],
])("%s are refused before they are made", (_, bytes, message) => {
  expect(() => loadModel(bytes)).toThrow(message);
  expect(() => loadModel(bytes)).toThrow(OutsizeError);
});

test("weights beside the model that claim more than there can be are refused before they are read", () => {
  const weight = (name: string, dims: bigint[], offset = 0) => ({
    name,
    dims,
    dataType: Proto.FLOAT,
    dataLocation: Location.EXTERNAL,
    externalData: [
      { key: "location", value: "w.bin" },
      { key: "offset", value: String(offset) },
    ],
  });
  const external = () => expect.fail("was read");
  const of = (initializer: GraphInit["initializer"]) => bytesOf({ ...out, node: [relu], initializer });
  expect(() => loadModel(of([weight("w", [2n ** 30n])]), { external })).toThrow(/weights take 4\.0 GiB/);
  const upon = Array.from({ length: 100 }, (_, i) => weight(`w${i}`, [2n ** 20n], i));
  expect(() => loadModel(of(upon), { external })).toThrow(/400 MiB of files of 4 MiB: they lie upon one another/);
});

test("arithmetic on constants is computed here up to a bound, and left to the runtime beyond it", () => {
  const nodes = Array.from({ length: 200 }, (_, i) => node("Add", "a b", `v${i}`));
  const model = modelFrom({
    inputs: { x: [1] },
    initializers: { a: int64(Array.from({ length: 4096 }, (_, i) => i)), b: int64([1]) },
    nodes: [...nodes, node("Sum", nodes.map((n) => n.outputs[0]).join(" "), "y")],
    outputs: ["y"],
  });
  const left = buildOn(model).graph.nodes.filter((n) => n.opType === "Add");
  expect(left.length).toBeGreaterThan(60);
  expect(left.length).toBeLessThan(100);
});

test("a size that is too long a formula is refused", () => {
  const names = [0, 1, 2].map((k) => Array.from({ length: 20 }, (_, i) => `${"abc"[k]}${i}`).reduce<Dim>(addDims, 0));
  expect(() => names.reduce(multiplyDims)).toThrow(/too long a formula/);
});

test.each([
  [
    "a stride of 0",
    node("MaxPool", "x", "y", { kernel_shape: [2, 2], strides: [0, 1] }),
    /its strides \[0, 1\] are not/,
  ],
  ["a step of 0", node("Slice", "x zero one zero zero", "y"), /impossible shape/],
  ["too few kernel sizes", node("AveragePool", "x", "y", { kernel_shape: [2] }), /its kernel sizes \[2\] are not 2/],
  ["a window beyond all images", node("LRN", "x", "y", { size: 1_000_000_001 }), /window of 1000000001 channels/],
  ["an axis outside", node("Flatten", "x", "y", { axis: -9 }), /axis -9 is outside a tensor of rank 4/],
  [
    "a permutation of other axes",
    node("Transpose", "x", "y", { perm: [0, 7, 1, 2] }),
    /impossible shape \[batch, \?, 3, 8\]/,
  ],
  ["an input too few", node("Conv", "x", "y"), /that is required is missing; export/],
  ["filters without a number", node("Conv", "x none", "y"), /its filters are \[0, 3, 3, 3\], empty; export/],
  [
    "an equation of more axes",
    node("Einsum", "x", "y", { equation: "abcde->a" }),
    /'abcde' is not of the 4 axes .*; export/,
  ],
  [
    "an equation of more operands",
    node("Einsum", "x", "y", { equation: "abcd,d->a" }),
    /names 2 operands, it has 1; export/,
  ],
  ["a branch by a size that is open", node("If", "more", "y"), /depends on a size that the model leaves open; export/],
  ["a branch by what was fed", node("If", "any", "y"), /its condition is computed at run time; export/],
])("%s is said of its node", (_, malformed, message) => {
  const model = modelFrom({
    inputs: { x: ["batch", 3, 8, 8] },
    initializers: {
      zero: int64([0]),
      one: int64([1]),
      w: float32([1]),
      none: float32([], [0, 3, 3, 3]),
      many: int64([1000]),
    },
    nodes: [
      node("Size", "x", "size"),
      node("Greater", "size many", "more"),
      node("ReduceMax", "x", "top"),
      node("Greater", "top w", "any"),
      malformed,
    ],
    outputs: ["y"],
  });
  expect(() => buildOn(model)).toThrow(message);
  expect(() => buildOn(model)).toThrow(new RegExp(`^${malformed.opType} '`));
});
