import type { MethodName } from "../finetune/methods.js";

/** What a run was asked, as far as it decides which options can be given beside. */
export interface Asked {
  method: MethodName;
  /** Epochs of probing. */
  probeEpochs: number;
  /** Names of the options that are not as they are unless given: `patience`, `folds`. */
  given: readonly string[];
}
