import type { InferRules } from "./context.js";
import { elementwiseShapes } from "./elementwise.js";
import { reductionShapes } from "./reduction.js";
import { convolutionShapes } from "./convolution.js";
import { poolingShapes } from "./pooling.js";
import { linearShapes } from "./linear.js";
import { movementShapes } from "./movement.js";
import { indexingShapes } from "./indexing.js";
import { resamplingShapes } from "./resampling.js";
import { normalizationShapes } from "./normalization.js";
import { recurrentShapes } from "./recurrent.js";
import { sizeShapes } from "./sizes.js";

/** Operator → the types of its outputs, a file per family. An operator that is not here stops the inference with its name. */
export const inferRules: InferRules = {
  ...elementwiseShapes,
  ...reductionShapes,
  ...convolutionShapes,
  ...poolingShapes,
  ...linearShapes,
  ...movementShapes,
  ...indexingShapes,
  ...resamplingShapes,
  ...normalizationShapes,
  ...recurrentShapes,
  ...sizeShapes,
};
