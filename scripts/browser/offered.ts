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

/** What transformers.js makes of a picture: RGB bytes [height, width, 3], and what an exported model says of it. */
export interface ReadPicture {
  data: number[];
  width: number;
  height: number;
  probabilities: Record<string, number>;
}

declare global {
  var check: Offered;
  /** Of the page of pictures: one by its address, or why it cannot be read. */
  var readPicture: (url: string) => Promise<ReadPicture | string>;
}
