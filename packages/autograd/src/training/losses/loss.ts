import type { LossInClosedForm } from "../../append-gradients.js";
import type { GraphBuilder, Value } from "../../builder.js";

/** Appends a loss to the graph of a model. What it needs besides the model's values comes in as new inputs. */
export interface Loss {
  /** The name of the logits in the model, for a loss of logits. */
  readonly logits?: string;
  /** @returns the loss, a scalar of shape [] */
  attach(b: GraphBuilder): Value | LossInClosedForm;
}

/** The loss in the graph, and from where to differentiate: appended, or already there under a name. */
export function attachLoss(b: GraphBuilder, loss: Loss | string): { loss: Value; from: Value | LossInClosedForm } {
  const attached = typeof loss === "string" ? b.resolve(loss) : loss.attach(b);
  return { loss: typeof attached === "string" ? attached : attached.loss, from: attached };
}

export interface LossOptions {
  /** The name of the logits: [batch, k, …] where targets are classes, [batch, k] where they are numbers. */
  logits: string;
  /** Label smoothing ε, for targets that are classes or labels: t = (1 − ε)·e_y + ε/k, or (1 − ε)·y + ε/2. Default 0. */
  smoothing?: number;
}
