/**
 * The overparameterised linear model (Ren et al. 2023): small enough to probe in closed form and to fine-tune by its
 * exact gradient flow, large enough to show why a converged head is not always the best start. Read in this order.
 */
export {
  assertSizes,
  drawTask,
  featuresOf,
  residual,
  type LinearTask,
  type Network,
  type TaskOptions,
} from "./setup.js";
export { probe } from "./probing.js";
export { finetune, gradientFlow, type Finetuned, type GradientFlow } from "./flow.js";
export { energy, measure, relativeError, type Measures } from "./measures.js";
export { run, type Averages, type Row, type ScaledRow, type RunOptions, type TheoryResults } from "./run.js";
export { trend, type Trend } from "./trend.js";
