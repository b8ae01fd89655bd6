import { Float, floatAttribute, stringAttribute } from "../graph/model.js";
import type { GraphBuilder, Operand, Value } from "../builder.js";
import type { GradientRule, GradientRules, RuleContext } from "./rule.js";

/** dx = dy · f'(x), with f' written in x or y. */
const unary =
  (slope: (c: RuleContext) => Operand): GradientRule =>
  (c) => [() => c.b.mul(c.dy, slope(c))];

const alpha = (c: RuleContext, fallback: number) => floatAttribute(c.node, "alpha", fallback);

/** 1 where v > 0, else `low` (0 ≤ low ≤ 1): a ramp so steep that it is a step, cheaper than comparing and selecting. */
export const positive = (b: GraphBuilder, v: Value, low = 0): Value =>
  low === 0 && b.type(v).dtype === "float32"
    ? b.op("HardSigmoid", [v], { alpha: new Float(3e38), beta: new Float(0) })
    : b.op("Clip", [b.mul(v, 3e38), low, 1]);

/** Max and Min: the gradient goes to the operands that attain it, in equal parts, as PyTorch has it. */
const extremum: GradientRule = ({ b, x, y, dy }) => {
  const share = () => b.div(dy, x.map((xi) => b.mask("Equal", xi, y)).reduce(b.add));
  return x.map((xi) => () => b.sumTo(b.mul(share(), b.mask("Equal", xi, y)), xi));
};

/**
 * Relu6, whose slope PyTorch has 0 at both bounds: then y tells it, and what was clipped need not be kept for the way back, which in
 * networks that are made of it is a third of all memory.
 */
function isRelu6(b: GraphBuilder, [x, low, high]: readonly (Value | undefined)[]): boolean {
  const is = (bound: Value | undefined, number: number) => b.knownNumbers(bound)?.[0] === number;
  return is(low, 0) && is(high, 6) && b.type(x!).dtype === "float32";
}

/** 1 where y < 6, else 0: a ramp that falls from 1 to 0 between the last number below 6 and 6 itself. */
const below6 = (b: GraphBuilder, y: Value): Value =>
  b.op("HardSigmoid", [y], { alpha: new Float(-(2 ** 24)), beta: new Float(6 * 2 ** 24) });

/**
 * min(max(x, low), high): inside the bounds the gradient passes, as PyTorch has it since 2.15; at them and outside it goes to the
 * bound, and to the higher one where they are the wrong way round.
 */
const clip: GradientRule = ({ b, x, y, dy }) => {
  const [input, low, high] = x as [Value, Value | undefined, Value | undefined];
  const raised = (): Value => b.mask("LessOrEqual", input, low!);
  const lowered = (): Value => b.mask("GreaterOrEqual", low ? b.op("Max", [input, low]) : input, high!);
  const inside = (): Value =>
    [low && b.mask("Greater", input, low), high && b.mask("Less", input, high)].reduce<Value>(
      (gradient, passes) => (passes ? b.mul(gradient, passes) : gradient),
      dy,
    );
  return [
    () => (isRelu6(b, x) ? b.mul(b.mul(dy, positive(b, y)), below6(b, y)) : inside()),
    () => b.sumTo(b.mul(dy, high ? b.mul(raised(), b.sub(1, lowered())) : raised()), low!),
    () => b.sumTo(b.mul(dy, lowered()), high!),
  ];
};

const leakySlope = (c: RuleContext, low: number): Value =>
  low > 0 && low <= 1 ? positive(c.b, c.x[0]!, low) : c.b.where(above(c, 0), 1, low);

const hardSigmoidSlope = (c: RuleContext, slope: number, offset: number): Value => {
  const line = c.b.add(c.b.mul(c.x[0]!, slope), offset);
  return c.b.mul(c.b.mul(c.b.mask("Greater", line, 0), c.b.mask("Less", line, 1)), slope);
};

const hardSwishSlope = (c: RuleContext): Value => {
  const [b, x] = [c.b, c.x[0]!];
  const ramp = b.op("HardSigmoid", [x], { alpha: new Float(1 / 6), beta: new Float(0.5) });
  const inside = b.mul(b.mask("Greater", x, -3), b.mask("Less", x, 3));
  return b.add(ramp, b.mul(inside, b.div(x, 6)));
};

const geluSlope = (c: RuleContext): Value => {
  const [b, x] = [c.b, c.x[0]!];
  if (stringAttribute(c.node, "approximate", "none") === "tanh") {
    const k = Math.sqrt(2 / Math.PI);
    const t = b.op("Tanh", [b.mul(b.add(x, b.mul(b.mul(b.mul(x, x), x), 0.044715)), k)]);
    const inner = b.mul(b.add(b.mul(b.mul(x, x), 3 * 0.044715), 1), k);
    return b.mul(b.add(b.add(t, 1), b.mul(b.mul(x, b.sub(1, b.mul(t, t))), inner)), 0.5);
  }
  const cdf = b.mul(b.add(b.op("Erf", [b.div(x, Math.SQRT2)]), 1), 0.5);
  const density = b.mul(b.exp(b.mul(b.mul(x, x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
  return b.add(cdf, b.mul(x, density));
};

/** Where x lies above the bound. */
const above = (c: RuleContext, bound: number): Value => c.b.op("Greater", [c.x[0]!, bound]);

const seluSlope = (c: RuleContext): Value => {
  const scale = floatAttribute(c.node, "gamma", 1.0507009873554805);
  return c.b.where(above(c, 0), scale, c.b.add(c.y, scale * alpha(c, 1.6732632423543772)));
};

/** y = x·t with t = tanh(softplus(x)), so y' = t + x·(1 − t²)·σ(x). */
const mishSlope = ({ b, x }: RuleContext): Value => {
  const t = b.op("Tanh", [b.op("Softplus", [x[0]!])]);
  return b.add(t, b.mul(b.mul(x[0]!, b.sub(1, b.mul(t, t))), b.op("Sigmoid", [x[0]!])));
};

const square = ({ b, x }: RuleContext): Value => b.mul(x[0]!, x[0]!);
const inverseRoot = (b: RuleContext["b"], v: Value): Value => b.op("Reciprocal", [b.sqrt(v)]);

export const elementwise: GradientRules = {
  Add: ({ b, x, dy }) => x.map((xi) => () => b.sumTo(dy, xi)),
  Sum: ({ b, x, dy }) => x.map((xi) => () => b.sumTo(dy, xi)),
  Sub: ({ b, x, dy }) => [() => b.sumTo(dy, x[0]!), () => b.sumTo(b.neg(dy), x[1]!)],
  Mul: ({ b, x, dy }) => [() => b.sumTo(b.mul(dy, x[1]!), x[0]!), () => b.sumTo(b.mul(dy, x[0]!), x[1]!)],
  Div: ({ b, x, y, dy }) => [
    () => b.sumTo(b.div(dy, x[1]!), x[0]!),
    () => b.sumTo(b.neg(b.div(b.mul(dy, y), x[1]!)), x[1]!),
  ],
  // The exponent's gradient is zero where the base is not positive; the base's is zero where the exponent is.
  Pow: ({ b, x, y, dy }) => {
    const exponent = b.cast(x[1]!, b.type(x[0]!).dtype);
    const known = b.knownNumbers(exponent);
    // Of squares, which norms are made of: a power by 1 takes as long as any other.
    const square = known?.every((e) => e === 2) ?? false;
    const slope = () => b.mul(exponent, square ? x[0]! : b.pow(x[0]!, b.sub(exponent, 1)));
    const neverZero = known?.every((e) => e !== 0) ?? false;
    return [
      () => b.sumTo(b.mul(dy, neverZero ? slope() : b.where(b.op("Equal", [exponent, 0]), 0, slope())), x[0]!),
      () => b.sumTo(b.mul(dy, b.mul(y, b.op("Log", [b.where(b.op("Greater", [x[0]!, 0]), x[0]!, 1)]))), x[1]!),
    ];
  },
  // a − b·trunc(a/b): of floats, the runtime knows this form alone.
  Mod: ({ b, x, dy }) => [
    () => b.sumTo(dy, x[0]!),
    () => {
      const quotient = b.div(x[0]!, x[1]!);
      const whole = b.mul(b.op("Floor", [b.op("Abs", [quotient])]), b.op("Sign", [quotient]));
      return b.sumTo(b.neg(b.mul(dy, whole)), x[1]!);
    },
  ],
  Mean: ({ b, x, dy }) => x.map((xi) => () => b.sumTo(b.div(dy, x.length), xi)),
  Max: extremum,
  Min: extremum,
  Where: ({ b, x, dy }) => [
    null,
    () => b.sumTo(b.where(x[0]!, dy, 0), x[1]!),
    () => b.sumTo(b.where(x[0]!, 0, dy), x[2]!),
  ],
  Neg: ({ b, dy }) => [() => b.neg(dy)],
  Identity: ({ dy }) => [() => dy],
  Cast: ({ b, x, dy }) => [() => b.cast(dy, b.type(x[0]!).dtype)],
  Abs: unary(({ b, x }) => b.op("Sign", [x[0]!])),
  Reciprocal: unary(({ b, y }) => b.neg(b.mul(y, y))),
  Sqrt: unary(({ b, y }) => b.div(0.5, y)),
  Exp: unary(({ y }) => y),
  Log: unary(({ b, x }) => b.op("Reciprocal", [x[0]!])),
  Sin: unary(({ b, x }) => b.op("Cos", [x[0]!])),
  Cos: unary(({ b, x }) => b.neg(b.op("Sin", [x[0]!]))),
  Erf: unary(({ b, x }) => b.mul(b.exp(b.neg(b.mul(x[0]!, x[0]!))), 2 / Math.sqrt(Math.PI))),
  Tanh: unary(({ b, y }) => b.sub(1, b.mul(y, y))),
  Sigmoid: unary(({ b, y }) => b.mul(y, b.sub(1, y))),
  Softplus: unary(({ b, x }) => b.op("Sigmoid", [x[0]!])),
  Softsign: unary(({ b, x }) => b.pow(b.add(b.op("Abs", [x[0]!]), 1), -2)),
  Relu: unary(({ b, y }) => positive(b, y)),
  LeakyRelu: unary((c) => leakySlope(c, alpha(c, 0.01))),
  Elu: unary((c) => c.b.where(c.b.op("Greater", [c.x[0]!, 0]), 1, c.b.add(c.y, alpha(c, 1)))),
  HardSigmoid: unary((c) => hardSigmoidSlope(c, alpha(c, 0.2), floatAttribute(c.node, "beta", 0.5))),
  HardSwish: unary(hardSwishSlope),
  Gelu: unary(geluSlope),
  Clip: clip,
  PRelu: (c) => [
    () => c.b.mul(c.dy, c.b.where(above(c, 0), 1, c.x[1]!)),
    () => c.b.sumTo(c.b.where(above(c, 0), 0, c.b.mul(c.dy, c.x[0]!)), c.x[1]!),
  ],
  Selu: unary(seluSlope),
  Celu: unary((c) => c.b.where(above(c, 0), 1, c.b.exp(c.b.div(c.x[0]!, alpha(c, 1))))),
  ThresholdedRelu: unary((c) => c.b.mask("Greater", c.x[0]!, alpha(c, 1))),
  Shrink: unary((c) => c.b.mask("Greater", c.b.op("Abs", [c.x[0]!]), floatAttribute(c.node, "lambd", 0.5))),
  Mish: unary(mishSlope),
  Tan: unary(({ b, y }) => b.add(b.mul(y, y), 1)),
  Asin: unary((c) => inverseRoot(c.b, c.b.sub(1, square(c)))),
  Acos: unary((c) => c.b.neg(inverseRoot(c.b, c.b.sub(1, square(c))))),
  Atan: unary((c) => c.b.op("Reciprocal", [c.b.add(square(c), 1)])),
  Sinh: unary(({ b, x }) => b.op("Cosh", [x[0]!])),
  Cosh: unary(({ b, x }) => b.op("Sinh", [x[0]!])),
  Asinh: unary((c) => inverseRoot(c.b, c.b.add(square(c), 1))),
  Acosh: unary((c) => inverseRoot(c.b, c.b.sub(square(c), 1))),
  Atanh: unary((c) => c.b.op("Reciprocal", [c.b.sub(1, square(c))])),
  // Steps are flat wherever they have a slope.
  Sign: unary(() => 0),
  Floor: unary(() => 0),
  Ceil: unary(() => 0),
  Round: unary(() => 0),
};
