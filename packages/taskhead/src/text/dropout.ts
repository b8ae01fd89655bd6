import type { TextFiles } from "@taskhead/core";

/** What frameworks call the shares that drop out of an encoder's values and of its attention. */
const names = [
  "hidden_dropout_prob",
  "hidden_dropout",
  "dropout",
  "dropout_rate",
  "resid_pdrop",
  "embd_pdrop",
  "attention_probs_dropout_prob",
  "attention_dropout",
  "attn_pdrop",
];

/**
 * That nothing drops out in the backbone, though a framework would let it: models are exported as they answer, and their
 * Dropout is gone with that.
 * @returns undefined where config.json asks for none
 */
export function withoutDropout({ "config.json": config }: TextFiles): string | undefined {
  const asked = names.filter((name) => typeof config?.[name] === "number" && config[name] > 0);
  if (asked.length === 0) return undefined;
  const shares = asked.map((name) => `${name} ${String(config![name])}`).join(", ");
  return `nothing drops out in the backbone: exported models have no Dropout left, where config.json has ${shares}`;
}
