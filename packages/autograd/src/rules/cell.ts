import type { GraphBuilder, Value } from "../builder.js";
import { UnsupportedError } from "../graph/errors.js";
import { intAttribute, type Node } from "../graph/model.js";
import { flatProduct } from "./linear.js";
import type { Gradient, RuleContext } from "./rule.js";
import { scan, type Step } from "./scan.js";

/** The parts of a recurrent node that all rules use; T steps, N sequences, H hidden units, G gates. */
export function unrolled({ b, node, x, y, dys }: RuleContext, ...activations: readonly string[]) {
  refuseUncommon(node, x, activations);
  const [input, weights, recurrence, bias] = x as [Value, Value, Value, Value?];
  const squeeze = (v: Value, axis: number) => b.op("Squeeze", [v, b.ints([axis])]);
  const [w, r, h] = [squeeze(weights, 0), squeeze(recurrence, 0), squeeze(y, 1)];
  const [width, size] = b.shape(r) as [number, number];
  const nothing = b.mul(squeeze(b.slice(h, 0, 0, 1), 0), 0);
  const stacked = (v: Value) => b.op("Unsqueeze", [v, b.ints([0])]);
  const initial = (i: number) => (x[i] ? squeeze(x[i], 0) : nothing);
  const before = b.op("Concat", [stacked(initial(5)), b.slice(h, 0, 0, -1)], { axis: 0 });
  const biases = bias ? squeeze(bias, 0) : b.op("ConstantOfShape", [b.ints([2 * width])]);
  const [inputBias, recurrentBias] = [b.slice(biases, 0, 0, width), b.slice(biases, 0, width, 2 * width)];
  const steps = (v: Value) => b.reduceSum(v, [0, 1]);
  const going = x[4] ? stillGoing(b, h, x[4]) : undefined;
  const cell = {
    /** W [G·H, I], R [G·H, H], h and h₋₁ [T, N, H]. */
    r,
    h,
    before,
    size,
    recurrentBias,
    /** X·Wᵀ + b and H₋₁·Rᵀ + b [T, N, G·H]. */
    fromInput: b.add(b.matMul(input, w, { transB: 1 }), inputBias),
    fromState: b.add(b.matMul(before, r, { transB: 1 }), recurrentBias),
    /** The gates' parts of the last axis, each through its activation if they are given. */
    gates: (v: Value, through?: string) => {
      const parts = b.ops("Split", [v], { axis: -1, num_outputs: width / size }, { outputs: width / size });
      return through ? through.split(" ").map((activation, i) => b.op(activation, [parts[i]!])) : parts;
    },
    /** The state before the first step, given as input i [N, H]. */
    initial,
    /** ∂loss/∂ of the state after the last step, output i [N, H]; of a sequence without steps that is 0, whatever it began with. */
    final: (i: number) => {
      if (!dys[i]) return nothing;
      const last = squeeze(dys[i], 0);
      return going ? b.mul(last, squeeze(b.slice(going, 0, 0, 1), 0)) : last;
    },
    /** ∂loss/∂h of every step, from the first output [T, N, H]. */
    dh: dys[0] ? squeeze(dys[0], 1) : b.mul(h, 0),
    stacked,
    /** Walks back through time; where a sequence has ended, its states stay and nothing is kept. */
    walkBack: (states: Value[], sequences: Value[], step: Step) => {
      if (!going) return scan(b, states, sequences, step, "backward");
      return scan(
        b,
        states,
        [...sequences, going],
        (given, elements) => {
          const next = step(given, elements);
          const mask = elements.at(-1)!;
          return {
            states: next.states.map((v, i) => b.add(b.mul(v, mask), b.mul(given[i]!, b.sub(1, mask)))),
            outputs: next.outputs.map((v) => b.mul(v, mask)),
          };
        },
        "backward",
      );
    },
    /** The gradients of X, W, R and B from those of the input's part and the state's part of the gates. */
    weights: (da: Value, du = da): Gradient[] => [
      () => b.matMul(da, w),
      () => stacked(flatProduct(b, da, input)),
      () => stacked(flatProduct(b, du, before)),
      () => stacked(b.op("Concat", [steps(da), steps(du)], { axis: 0 })),
    ],
  };
  return { b, cell };
}

/** 1 where a step lies within its sequence's length, else 0 [T, N, 1]. */
function stillGoing(b: GraphBuilder, h: Value, lengths: Value): Value {
  const steps = b.op("Unsqueeze", [b.positions(h, 0), b.ints([1])]);
  return b.cast(b.op("Unsqueeze", [b.op("Less", [steps, b.cast(lengths, "int64")]), b.ints([2])]), "float32");
}

function refuseUncommon(node: Node, x: readonly Value[], activations: readonly string[]): void {
  const given = activationsOf(node)?.join(" ");
  const uncommon =
    (x[7] && "peepholes") ||
    (given !== undefined && !activations.includes(given) && `activations '${given}'`) ||
    ["clip", "input_forget", "layout"].find((name) => node.attributes[name] && intAttribute(node, name) !== 0);
  if (uncommon) throw new UnsupportedError(node, `its gradient with ${uncommon} is not supported; export it without`);
}

export function activationsOf(node: Node): readonly string[] | undefined {
  return node.attributes["activations"] as readonly string[] | undefined;
}
