import { intAttribute } from "../graph/model.js";
import { dataTypeOf } from "../io/data-types.js";
import { broadcastShapes } from "./broadcast.js";
import { all, input, same, type InferRule, type InferRules } from "./context.js";

const elementwise: InferRule = (c) => [
  { dtype: input(c, 0).dtype, shape: broadcastShapes(...c.types.filter((t) => t !== undefined).map((t) => t.shape)) },
];

const comparison: InferRule = (c) => [{ dtype: "bool", shape: elementwise(c)[0]!.shape }];

const cast: InferRule = (c) => [{ dtype: dataTypeOf(intAttribute(c.node, "to", 0)), shape: input(c, 0).shape }];

export const elementwiseShapes: InferRules = {
  ...all(
    same,
    "Abs Acos Acosh Asin Asinh Atan Atanh Ceil Celu Clip Cos Cosh CumSum Elu Erf Exp Floor Gelu HardSigmoid HardSwish Hardmax Identity",
    "LeakyRelu Log LogSoftmax Mish Neg Not PRelu",
    "Reciprocal Relu Round Selu Shrink Sigmoid Sign Sin Sinh Softmax Softplus Softsign Sqrt Swish Tan Tanh ThresholdedRelu Trilu",
    "BitwiseNot QuickGelu FastGelu BiasGelu",
  ),
  ...all(elementwise, "Add Sub Mul Div Pow Min Max Sum Mean Mod And Or Xor BitwiseAnd BitwiseOr BitwiseXor BitShift"),
  ...all(comparison, "Equal Greater Less GreaterOrEqual LessOrEqual"),
  ...all((c) => [{ dtype: "bool", shape: input(c, 0).shape }], "IsNaN IsInf"),
  Cast: cast,
  CastLike: (c) => [{ dtype: input(c, 1).dtype, shape: input(c, 0).shape }],
  Dropout: (c) => [input(c, 0), { dtype: "bool", shape: input(c, 0).shape }],
  Where: (c) => [
    { dtype: input(c, 1).dtype, shape: broadcastShapes(input(c, 0).shape, input(c, 1).shape, input(c, 2).shape) },
  ],
};
