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
    [name("mark"), float32([mark], [])],
    [name("none"), int64([0])],
    [name("index"), int64([0], [])],
    [name("first"), int64([0])],
    [name("sides"), int64([1, 2])],
    [name("from"), int64([0, 0])],
  ]);
  const picture = name("picture");
  const channel = node("Gather", [picture, name("index")], name("channel"), { axis: 0 });
  const height = marked("rows", 1);
  const width = marked("columns", 0);
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

  /**
   * How many rows (or columns) the picture has, [1]: those that are marked in its first column (or row), if the others
   * there are margin; else all. Looking there alone costs no copy of the picture.
   */
  function marked(side: string, across: number): string {
    const own = (stem: string): string => name(`${side}-${stem}`);
    const line = node("Gather", [channel, name("index")], own("line"), { axis: across });
    const fraction = node("Sub", [line, node("Floor", [line], own("bytes"))], own("fraction"));
    const count = total(node("Equal", [fraction, name("mark")], own("marked")), own("count"));
    const margin = total(node("Equal", [line, name("zero")], own("empty")), own("margin"));
    const all = node("Shape", [line], own("all"));
    const told = node("Equal", [node("Add", [count, margin], own("sum")), all], own("told"));
    const padded = node("And", [told, node("Greater", [count, name("none")], own("any"))], own("padded"));
    return node("Where", [padded, count, all], own("own"));
  }

  function total(which: string, result: string): string {
    const ones = node("Cast", [which], `${result}-ones`, { to: protoOf("int64") });
    return node("ReduceSum", [ones], result, { keepdims: 1 });
  }
}
