import { float32, protoOf, type Graph } from "@taskhead/autograd";
import { Fragment, resizing } from "./fragment.js";
import { outputSize, type Preprocessing } from "./preprocessing.js";
import { resizeNodes } from "./resize.js";

/**
 * Added to every byte of a picture that is padded, so that the graph tells it from its margin of zeros; the cast to bytes
 * takes it away again. A quarter: exact in float32, and no byte has it.
 */
export const mark = 0.25;

/**
 * Resizes each picture of a batch by itself, as in training: they are float32 [batch, 3, height, width], bytes 0..255, and
 * those of a batch have one size, or are marked (byte + `mark`) and padded with zeros at the bottom and on the right, as
 * servers do that cannot stack pictures of different sizes.
 *
 * Marks are looked for in a picture's first row and column alone, and everything else is done on bytes: a large picture is
 * not copied as floats.
 * @returns nodes from `input` to `output`, uint8 [batch, 3, outputSize.height, outputSize.width]
 */
export function servedResize(preprocessing: Preprocessing, input: string, output: string): Fragment {
  const f = new Fragment();
  const bytes = f.node("Cast", [input], resizing("bytes"), { to: protoOf("uint8") });
  const first = f.ints("first-pixel", [0, 0]);
  const second = f.ints("second-pixel", [1, 1]);
  /** Of each picture the numbers along one axis, where all other places are the first: [batch, n]. */
  const line = (stem: string, others: number[]): string => {
    const axes = f.ints(`across-${stem}`, others);
    const thin = f.node("Slice", [input, first, second, axes], resizing(`thin-${stem}`));
    return f.node("Squeeze", [thin, axes], resizing(`all-${stem}`));
  };
  const lines = [line("first-columns", [1, 3]), line("first-rows", [1, 2])];
  f.node("Scan", [bytes, ...lines], output, { body: resizeOne(preprocessing), num_scan_inputs: 3 });
  return f;
}

/** One picture of bytes [3, height, width] without its margin, resized. */
function resizeOne(preprocessing: Preprocessing): Graph {
  const f = new Fragment();
  const zero = f.constant("zero", float32([0], []));
  const quarter = f.constant("mark", float32([mark], []));
  const none = f.ints("none", [0]);
  const picture = resizing("picture");
  const [firstColumn, firstRow] = [resizing("first-column"), resizing("first-row")];
  const own = f.node("Concat", [marked(firstColumn), marked(firstRow)], resizing("own"), { axis: 0 });
  const sides = f.ints("sides", [1, 2]);
  const cut = f.node("Slice", [picture, f.ints("from", [0, 0]), own, sides], resizing("cut"));
  const alone = f.node("Unsqueeze", [cut, none], resizing("alone"));
  f.add(resizeNodes(preprocessing, alone, resizing("sized")));
  const resized = f.node("Squeeze", [resizing("sized"), none], resizing("one"));
  const { height, width } = outputSize(preprocessing);
  return {
    name: "resize",
    inputs: [
      { name: picture, type: { dtype: "uint8", shape: [3, "height", "width"] } },
      { name: firstColumn, type: { dtype: "float32", shape: ["height"] } },
      { name: firstRow, type: { dtype: "float32", shape: ["width"] } },
    ],
    outputs: [{ name: resized, type: { dtype: "uint8", shape: [3, height, width] } }],
    nodes: f.nodes,
    initializers: f.initializers,
  };

  /** How many of a line's pixels are marked, [1], if the others are margin; else all. */
  function marked(line: string): string {
    const fraction = f.node("Sub", [line, f.node("Floor", [line], `${line}-bytes`)], `${line}-fraction`);
    const count = total(f.node("Equal", [fraction, quarter], `${line}-marked`), `${line}-count`);
    const margin = total(f.node("Equal", [line, zero], `${line}-empty`), `${line}-margin`);
    const all = f.node("Shape", [line], `${line}-all`);
    const told = f.node("Equal", [f.node("Add", [count, margin], `${line}-sum`), all], `${line}-told`);
    const padded = f.node("And", [told, f.node("Greater", [count, none], `${line}-any`)], `${line}-padded`);
    return f.node("Where", [padded, count, all], `${line}-own`);
  }

  function total(which: string, result: string): string {
    const ones = f.node("Cast", [which], `${result}-ones`, { to: protoOf("int64") });
    return f.node("ReduceSum", [ones], result, { keepdims: 1 });
  }
}
