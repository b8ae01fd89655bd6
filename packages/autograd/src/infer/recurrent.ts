import { intAttribute, type Graph } from "../graph/model.js";
import type { Dim, TensorType } from "../graph/tensor.js";
import { all, input, type InferRule, type InferRules } from "./context.js";

/** Every hidden state [T, D, N, H], then the last state (an LSTM's two) [D, N, H]. */
const recurrent: InferRule = (c) => {
  const { dtype, shape } = input(c, 0);
  const [directions, , size] = input(c, 2).shape as [Dim, Dim, Dim];
  const last: TensorType = { dtype, shape: [directions, shape[1]!, size] };
  return [{ dtype, shape: [shape[0]!, ...last.shape] }, last, last];
};

/** The body's last states, and its other outputs stacked. */
const scan: InferRule = (c) => {
  const { outputs } = c.node.attributes["body"] as Graph;
  const sequences = intAttribute(c.node, "num_scan_inputs", 1);
  const [states, steps] = [c.types.length - sequences, input(c, c.types.length - 1).shape[0]!];
  return outputs.map(({ type }, i) => (i < states ? type! : { ...type!, shape: [steps, ...type!.shape] }));
};

export const recurrentShapes: InferRules = {
  ...all(recurrent, "LSTM GRU RNN"),
  Scan: scan,
};
