import type { EngineName } from "@taskhead/autograd";

/** What the page of `npm run check:browser` offers, as `check`, to the script that opens it. */
export interface Offered {
  /** Why an engine is not there; undefined where it is. */
  missing(engine: EngineName): Promise<string | undefined>;
  /** The loss before each of six steps. */
  trainingLosses(engine: EngineName): Promise<readonly number[]>;
  /** Every operator's graph of outputs and gradients, against those on wasm. */
  compareOperators(engine: EngineName, perOperator: number, tolerance: number): Promise<OperatorOutcome>;
}

/** How the cases of all operators went. */
export interface OperatorOutcome {
  /** Cases that run, and agree where they are compared. */
  agree: number;
  /** Cases that were refused before they ran. */
  refused: number;
  /** A line for each case that fails or differs. */
  failures: string[];
}

declare global {
  var check: Offered;
}
