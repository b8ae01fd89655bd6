import { float32, int64, protoOf, type Attribute, type Graph, type Node } from "@taskhead/autograd";
import { outputSize, type Preprocessing } from "./preprocessing.js";
import { resizeNodes, type GraphFragment } from "./resize.js";

/**
 * Added to every byte of a picture that is padded, so that the graph tells it from its margin of zeros; the cast to bytes
 * takes it away again. A quarter: exact in float32, and no byte has it.
 */
export const mark = 0.25;

/**
 * Resizes each picture of a batch by itself, as in training: they are float32 [batch, 3, height, width], bytes 0..255, and
 * those of a batch have one size, or are marked (byte + `mark`) and padded with zeros at the bottom and on the right, as
 * servers do that cannot stack pictures of different sizes.
 * @returns nodes from `input` to `output`, uint8 [batch, 3, outputSize.height, outputSize.width]
 */
export function servedResize(preprocessing: Preprocessing, input: string, output: string): GraphFragment {
  const body = resizeOne(preprocessing);
  const attributes = { body, num_scan_inputs: 1 };
  return {
    nodes: [{ name: "resize/each", opType: "Scan", domain: "", inputs: [input], outputs: [output], attributes }],
    initializers: new Map(),
  };
}

/** One picture [3, height, width] without its margin, resized. */
function resizeOne(preprocessing: Preprocessing): Graph {
  const name = (stem: string): string => `resize/${stem}`;
  const nodes: Node[] = [];
  const node = (
    opType: string,
    inputs: string[],
    result: string,
    attributes: Record<string, Attribute> = {},
  ): string => {
    nodes.push({ name: name(`${opType}:${result}`), opType, domain: "", inputs, outputs: [result], attributes });
    return result;
  };
  const initializers = new Map([
    [name("zero"), float32([0], [])],
    [name("no-pixels"), int64([0])],
    [name("first"), int64([0])],
    [name("but-rows"), int64([0, 2])],
    [name("but-columns"), int64([0, 1])],
    [name("sides"), int64([1, 2])],
    [name("from"), int64([0, 0])],
  ]);
  const picture = name("picture");
  const fraction = node("Sub", [picture, node("Floor", [picture], name("whole"))], name("marks"));
  const height = marked("rows", "but-rows", 1);
  const width = marked("columns", "but-columns", 2);
  const own = node("Concat", [height, width], name("own"), { axis: 0 });
  const cut = node("Slice", [picture, name("from"), own, name("sides")], name("cut"));
  const alone = node("Unsqueeze", [cut, name("first")], name("alone"));
  const resize = resizeNodes(preprocessing, alone, name("sized"), { from: "float32" });
  nodes.push(...resize.nodes);
  const resized = node("Squeeze", [name("sized"), name("first")], name("one"));
  const { height: h, width: w } = outputSize(preprocessing);
  return {
    name: "resize",
    inputs: [{ name: picture, type: { dtype: "float32", shape: [3, "height", "width"] } }],
    outputs: [{ name: resized, type: { dtype: "uint8", shape: [3, h, w] } }],
    nodes,
    initializers: new Map([...initializers, ...resize.initializers]),
  };

  /** How many rows or columns are marked, [1]; all of them where none is. */
  function marked(side: string, others: string, axis: number): string {
    const most = node("ReduceMax", [fraction, name(others)], name(`${side}-marks`), { keepdims: 0 });
    const has = node("Greater", [most, name("zero")], name(`${side}-marked`));
    const ones = node("Cast", [has], name(`${side}-ones`), { to: protoOf("int64") });
    const count = node("ReduceSum", [ones], name(`${side}-count`), { keepdims: 1 });
    const all = node("Shape", [picture], name(`${side}-all`), { start: axis, end: axis + 1 });
    const any = node("Greater", [count, name("no-pixels")], name(`${side}-any`));
    return node("Where", [any, count, all], name(`${side}-own`));
  }
}
