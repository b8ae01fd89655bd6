/**
 * LSTM, GRU and RNN, for one direction (see rewrites/split-directions.ts). The runtime returns every hidden state, so
 * that the gates of all steps follow at once from X·Wᵀ + H₋₁·Rᵀ + b. Only the gradient has to walk back through time, in
 * a Scan, which yields the gates' gradients `da` (before their activations); those of X, W, R and B are products of them.
 */
import type { GraphBuilder, Value } from "../builder.js";
import { intAttribute } from "../graph/model.js";
import { activationsOf, unrolled } from "./cell.js";
import { flatProduct } from "./linear.js";
import { scan } from "./scan.js";
import type { Gradient, GradientRules, RuleContext } from "./rule.js";

export const recurrent: GradientRules = {
  // c = f∘c₋₁ + i∘g, h = o∘tanh c.
  LSTM: (c) => {
    const { b, cell } = unrolled(c, "Sigmoid Tanh Tanh");
    const [i, o, f, g] = cell.gates(b.add(cell.fromInput, cell.fromState), "Sigmoid Sigmoid Sigmoid Tanh");
    const [, tanhCell, kept] = scan(b, [cell.initial(6)], [f!, b.mul(i!, g!)], ([previous], [ft, added]) => {
      const keeps = b.mul(previous!, ft!);
      const state = b.add(keeps, added!);
      return { states: [state], outputs: [b.op("Tanh", [state]), keeps] };
    });
    const slopes = joined(b, [
      b.mul(g!, sigmoidSlope(b, i!)),
      b.mul(tanhCell!, sigmoidSlope(b, o!)),
      b.mul(kept!, b.sub(1, f!)),
      b.mul(i!, tanhSlope(b, g!)),
    ]);
    const toCell = b.mul(o!, tanhSlope(b, tanhCell!));
    const [dh0, dc0, da] = cell.walkBack(
      [cell.final(1), cell.final(2)],
      [cell.dh, toCell, f!, slopes],
      ([later, laterCell], [own, toCellT, ft, slopesT]) => {
        const dh = b.add(later!, own!);
        const dc = b.add(laterCell!, b.mul(dh, toCellT!));
        const dat = b.mul(joined(b, [dc, dh, dc, dc]), slopesT!);
        return { states: [b.matMul(dat, cell.r), b.mul(dc, ft!)], outputs: [dat] };
      },
    );
    return [...cell.weights(da!), null, () => cell.stacked(dh0!), () => cell.stacked(dc0!)];
  },
  // h = (1 − z)∘n + z∘h₋₁, where the reset gate acts after the recurrent product (as in PyTorch) or before it.
  GRU: (c) => (intAttribute(c.node, "linear_before_reset", 0) ? resetAfter(c) : resetBefore(c)),
  // h = tanh(a), or another activation whose slope follows from h.
  RNN: (c) => {
    const { b, cell } = unrolled(c, "Tanh", "Relu", "Sigmoid");
    const [activation] = activationsOf(c.node) ?? ["Tanh"];
    const slope =
      activation === "Relu"
        ? b.mask("Greater", cell.h, 0)
        : activation === "Tanh"
          ? tanhSlope(b, cell.h)
          : sigmoidSlope(b, cell.h);
    const [dh0, da] = cell.walkBack([cell.final(1)], [cell.dh, slope], ([later], [own, slopeT]) => {
      const dat = b.mul(b.add(later!, own!), slopeT!);
      return { states: [b.matMul(dat, cell.r)], outputs: [dat] };
    });
    return [...cell.weights(da!), null, () => cell.stacked(dh0!)];
  },
};

/** n = tanh(x-part + r∘(h-part)). */
function resetAfter(c: RuleContext): (Gradient | null)[] {
  const { b, cell } = unrolled(c, "Sigmoid Tanh");
  const [zIn, rIn, nIn] = cell.gates(cell.fromInput);
  const [zState, rState, nState] = cell.gates(cell.fromState);
  const z = b.op("Sigmoid", [b.add(zIn!, zState!)]);
  const r = b.op("Sigmoid", [b.add(rIn!, rState!)]);
  const n = b.op("Tanh", [b.add(nIn!, b.mul(r, nState!))]);
  const toNew = b.mul(b.sub(1, z), tanhSlope(b, n));
  const toGates = [
    b.mul(b.sub(cell.before, n), sigmoidSlope(b, z)),
    b.mul(toNew, b.mul(nState!, sigmoidSlope(b, r))),
  ] as const;
  const slopes = joined(b, [...toGates, toNew]);
  const stateSlopes = joined(b, [...toGates, b.mul(toNew, r)]);
  const [dh0, da, du] = cell.walkBack(
    [cell.final(1)],
    [cell.dh, z, slopes, stateSlopes],
    ([later], [own, zt, slopesT, stateSlopesT]) => {
      const dh = b.add(later!, own!);
      const each = joined(b, [dh, dh, dh]);
      const dut = b.mul(each, stateSlopesT!);
      return { states: [b.add(b.mul(dh, zt!), b.matMul(dut, cell.r))], outputs: [b.mul(each, slopesT!), dut] };
    },
  );
  return [...cell.weights(da!, du), null, () => cell.stacked(dh0!)];
}

/** n = tanh(x-part + (r∘h₋₁)-part). */
function resetBefore(c: RuleContext): (Gradient | null)[] {
  const { b, cell } = unrolled(c, "Sigmoid Tanh");
  const [gateRows, newRows] = b.ops("Split", [cell.r, b.ints([2 * cell.size, cell.size])], { axis: 0 }, { outputs: 2 });
  const [z, r] = cell.gates(b.add(cell.fromInput, cell.fromState), "Sigmoid Sigmoid");
  const kept = b.mul(r!, cell.before);
  const newBias = cell.gates(cell.recurrentBias)[2]!;
  const recurred = b.add(b.matMul(kept, newRows!, { transB: 1 }), newBias);
  const n = b.op("Tanh", [b.add(cell.gates(cell.fromInput)[2]!, recurred)]);
  const toZ = b.mul(b.sub(cell.before, n), sigmoidSlope(b, z!));
  const toR = b.mul(cell.before, sigmoidSlope(b, r!));
  const toNew = b.mul(b.sub(1, z!), tanhSlope(b, n));
  const [dh0, dGates, dNew] = cell.walkBack(
    [cell.final(1)],
    [cell.dh, z!, r!, toZ, toR, toNew],
    ([later], [own, zt, rt, toZt, toRt, toNewT]) => {
      const dh = b.add(later!, own!);
      const dn = b.mul(dh, toNewT!);
      const dKept = b.matMul(dn, newRows!);
      const gates = joined(b, [b.mul(dh, toZt!), b.mul(dKept, toRt!)]);
      const direct = b.add(b.mul(dh, zt!), b.mul(dKept, rt!));
      return { states: [b.add(direct, b.matMul(gates, gateRows!))], outputs: [gates, dn] };
    },
  );
  const [dx, dw, , db] = cell.weights(joined(b, [dGates!, dNew!]));
  const dr = () =>
    cell.stacked(b.op("Concat", [flatProduct(b, dGates!, cell.before), flatProduct(b, dNew!, kept)], { axis: 0 }));
  return [dx!, dw!, dr, db!, null, () => cell.stacked(dh0!)];
}

const joined = (b: GraphBuilder, parts: readonly Value[]): Value => b.op("Concat", parts, { axis: -1 });
const sigmoidSlope = (b: GraphBuilder, y: Value): Value => b.mul(y, b.sub(1, y));
const tanhSlope = (b: GraphBuilder, y: Value): Value => b.sub(1, b.mul(y, y));
