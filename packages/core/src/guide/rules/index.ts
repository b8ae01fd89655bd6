/** All that the guide knows, in the order in which it speaks: each rule a condition, its source, numbers and an action. */
import type { Part } from "../advice.js";
import type { ProbedRule, Rule } from "../rule.js";
import { caution } from "./caution.js";
import { chosen } from "./chosen.js";
import { next } from "./next.js";
import { nextAfterProbing, seenInProbing, suggests } from "./probed.js";
import { regime } from "./regime.js";
import { seen } from "./seen.js";

export const rules: readonly { part: Part; of: readonly Rule[] }[] = [
  { part: "regime", of: regime },
  { part: "seen", of: seen },
  { part: "chosen", of: chosen },
  { part: "next", of: next },
  { part: "caution", of: caution },
];

/** Where nothing was fine-tuned. */
export const probedRules: readonly { part: Part; of: readonly ProbedRule[] }[] = [
  { part: "regime", of: suggests },
  { part: "seen", of: seenInProbing },
  { part: "next", of: nextAfterProbing },
];
